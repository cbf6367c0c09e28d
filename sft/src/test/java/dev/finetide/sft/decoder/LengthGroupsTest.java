package dev.finetide.sft.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each row is in one micro-batch, and micro-batches are within their limit and of about equal cost.
class LengthGroupsTest {
    private static final double ATTENTION = 1 / 192.0;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void everyRowIsOnceInAMicroBatchWithinTheLimit(int lanes) {
        int[] lengths = random(200, 10, 300);
        List<List<Integer>> microBatches = LengthGroups.microBatches(lengths, 0, lanes, 1024, ATTENTION);

        assertThat(microBatches.stream().flatMap(List::stream))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, lengths.length).boxed().toList());
        assertThat(microBatches)
                .allSatisfy(rows -> assertThat(tokens(rows, lengths)).isLessThanOrEqualTo(1024));
    }

    @Test
    void lanesGetAboutEqualWork() {
        int[] lengths = random(32, 30, 110);
        List<List<Integer>> microBatches = LengthGroups.microBatches(lengths, 0, 2, 4096, 0);

        assertThat(microBatches).hasSize(2);
        int half = IntStream.of(lengths).sum() / 2;
        assertThat(microBatches)
                .allSatisfy(rows -> assertThat(tokens(rows, lengths)).isBetween(half - 15, half + 15));
    }

    @Test
    void longRowsCountForMoreThanTheirTokens() {
        int[] lengths = {400, 100, 100, 100, 100};
        assertThat(LengthGroups.microBatches(lengths, 0, 2, 4096, ATTENTION))
                .containsExactly(List.of(0), List.of(1, 2, 3, 4));
    }

    @Test
    void aRowLongerThanTheLimitIsAlone() {
        assertThat(LengthGroups.microBatches(new int[] {10, 5000, 10}, 0, 1, 1024, ATTENTION))
                .containsExactly(List.of(1), List.of(0, 2));
    }

    @Test
    void shortRowsAreNotGatheredBesideALongOne() {
        int[] lengths = IntStream.range(0, 50).map(i -> i == 0 ? 500 : 10).toArray();
        assertThat(LengthGroups.microBatches(lengths, 0, 1, 1024, ATTENTION))
                .allSatisfy(rows ->
                        assertThat(rows.size() * lengths[rows.getFirst()]).isLessThanOrEqualTo(2048));
    }

    @Test
    void whatAllRowsBeginWithCountsOnce() {
        int[] lengths = IntStream.range(0, 8).map(i -> 1100).toArray();
        assertThat(LengthGroups.microBatches(lengths, 0, 1, 1024, ATTENTION)).hasSize(8);
        assertThat(LengthGroups.microBatches(lengths, 1000, 1, 1024, ATTENTION)).hasSize(1);
    }

    @Test
    void rowsOfTheLimitAreAloneEach() {
        int[] lengths = {900, 900, 900, 900, 900};
        assertThat(LengthGroups.microBatches(lengths, 0, 2, 1024, ATTENTION)).hasSize(5);
    }

    @Test
    void bestFitDecreasingFillsTheFullestRowThatHasRoom() {
        int[] lengths = {3, 7, 5, 2, 4, 12};
        assertThat(LengthGroups.packed(lengths, 10))
                .containsExactly(List.of(5), List.of(1, 0), List.of(2, 4), List.of(3));
    }

    private static int[] random(int rows, int least, int longest) {
        return new SplittableRandom(7).ints(rows, least, longest).toArray();
    }

    private static int tokens(List<Integer> rows, int[] lengths) {
        return rows.stream().mapToInt(i -> lengths[i]).sum();
    }
}
