package dev.finetide.retrieval.rank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.retrieval.chunk.Chunk;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankScoresTest {
    /// The same rows scored by ranx 0.3.21: recall@1, @3, @10 and mrr. `make_rank_golden.py` makes them.
    @Test
    void scoresAreThoseOfRanx() {
        List<RankedRow> rows =
                IntStream.range(0, 50).mapToObj(RankScoresTest::row).toList();
        RankScores scores = RankScores.of(rows, List.of(1, 3, 10));
        assertThat(scores.rows()).isEqualTo(50);
        assertThat(scores.recall().get(1)).isCloseTo(0.08666666666666666, within(1e-9));
        assertThat(scores.recall().get(3)).isCloseTo(0.1, within(1e-9));
        assertThat(scores.recall().get(10)).isCloseTo(0.21999999999999997, within(1e-9));
        assertThat(scores.meanReciprocalRank()).isCloseTo(0.24340238966399957, within(1e-9));
    }

    /// Row r finds passages (r * 7 + 13 i) mod 40 for i below 20, and passages (r * r + 5 j) mod 40 for j up to
    /// r mod 3 are right, each a place of its own.
    private static RankedRow row(int r) {
        return new RankedRow(
                IntStream.rangeClosed(0, r % 3)
                        .mapToObj(j -> Set.of((r * r + 5 * j) % 40))
                        .toList(),
                IntStream.range(0, 20).mapToObj(i -> (r * 7 + 13 * i) % 40).toList());
    }

    @Test
    void aPlaceThatTwoPassagesCarryCountsOnce() {
        RankedRow row = new RankedRow(List.of(Set.of(4, 5), Set.of(9)), List.of(1, 5, 4));
        assertThat(row.recall(1)).isZero();
        assertThat(row.recall(2)).isEqualTo(0.5);
        assertThat(row.recall(99)).isEqualTo(0.5);
        assertThat(row.reciprocalRank()).isEqualTo(0.5);
        assertThat(new RankedRow(List.of(Set.of(7)), List.of(1, 2)).reciprocalRank())
                .isZero();
    }

    @Test
    void aRowThatNothingAnswersIsNotScored() {
        assertThatThrownBy(() -> new RankedRow(List.of(Set.of()), List.of(1)))
                .hasMessageContaining("a right passage for each of its places");
        assertThatThrownBy(() -> new RankedRow(List.of(), List.of(1)))
                .hasMessageContaining("a right passage for each of its places");
        assertThatThrownBy(() -> RankScores.of(List.of(), List.of(1)))
                .hasMessage("no row names the passage that answers it");
    }

    @Test
    void aPlaceIsCarriedByTheChunksThatHoldIt() {
        List<Chunk> chunks = List.of(
                chunk("a.md", new Chunk.Part(1, 100, 100)),
                chunk("a.md", new Chunk.Part(1, 20, 100), new Chunk.Part(2, 90, 200)),
                chunk("b.md", new Chunk.Part(1, 100, 900)));
        ChunkPlaces places = new ChunkPlaces(chunks);
        assertThat(places.of(new Place("a.md", 1))).containsExactly(0);
        assertThat(places.of(new Place("a.md", 2))).containsExactly(1);
        assertThat(places.of(new Place("a.md", 0))).containsExactlyInAnyOrder(0, 1);
        assertThat(places.of(new Place("b.md", 1))).containsExactly(2);
        assertThat(places.of(new Place("a.md", 3))).isEmpty();
        assertThat(places.of(new Place("c.md", 0))).isEmpty();
    }

    private static Chunk chunk(String document, Chunk.Part... parts) {
        int length = List.of(parts).stream().collect(Collectors.summingInt(Chunk.Part::characters));
        return new Chunk(document, "Title", List.of(), List.of(parts), 0, length, "x".repeat(length));
    }
}
