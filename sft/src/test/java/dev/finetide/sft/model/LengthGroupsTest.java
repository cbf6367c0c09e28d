package dev.finetide.sft.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How rows are shared out: each once, micro-batches within their limit and about equal, little padding.
class LengthGroupsTest {
    private static final int HIDDEN = 64;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void everyRowIsOnceInAMicroBatchWithinTheLimit(int lanes) {
        int[] lengths = random(200, 10, 300);
        List<List<List<Integer>>> microBatches = LengthGroups.microBatches(lengths, lanes, 1024, HIDDEN);

        assertThat(microBatches.stream().flatMap(List::stream).flatMap(List::stream))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, lengths.length).boxed().toList());
        assertThat(microBatches)
                .allSatisfy(groups -> assertThat(tokens(groups, lengths)).isLessThanOrEqualTo(1024));
    }

    @Test
    void lanesGetAboutEqualWorkWithLittlePadding() {
        int[] lengths = random(32, 30, 110);
        List<List<List<Integer>>> microBatches = LengthGroups.microBatches(lengths, 2, 4096, HIDDEN);

        assertThat(microBatches).hasSize(2);
        int tokens = IntStream.of(lengths).sum();
        int padded = microBatches.stream()
                .mapToInt(groups -> tokens(groups, lengths))
                .sum();
        assertThat(padded).isLessThan(tokens * 11 / 10);
        assertThat(microBatches)
                .allSatisfy(
                        groups -> assertThat(tokens(groups, lengths)).isBetween(tokens * 42 / 100, tokens * 64 / 100));
    }

    @Test
    void aRowLongerThanTheLimitIsAlone() {
        assertThat(LengthGroups.microBatches(new int[] {10, 5000, 10}, 1, 1024, HIDDEN))
                .containsExactly(List.of(List.of(1)), List.of(List.of(0, 2)));
    }

    @Test
    void rowsOfTheLimitAreAloneEach() {
        int[] lengths = {900, 900, 900, 900, 900};
        assertThat(LengthGroups.microBatches(lengths, 2, 1024, HIDDEN)).hasSize(5);
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

    private static int tokens(List<List<Integer>> groups, int[] lengths) {
        return groups.stream()
                .mapToInt(group -> group.size() * lengths[group.getFirst()])
                .sum();
    }
}
