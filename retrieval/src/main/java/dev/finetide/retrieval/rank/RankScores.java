package dev.finetide.retrieval.rank;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// How well a retriever finds the passages that rows name.
///
/// @param rows number of rows
/// @param recall mean of [RankedRow#recall] by k
/// @param meanReciprocalRank mean of [RankedRow#reciprocalRank] over what was found, which is as deep as was asked
public record RankScores(int rows, SortedMap<Integer, Double> recall, double meanReciprocalRank) {
    public RankScores {
        recall = Collections.unmodifiableSortedMap(new TreeMap<>(recall));
    }

    /// @throws IllegalArgumentException when there are no rows
    public static RankScores of(List<RankedRow> rows, List<Integer> ks) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("no row names the passage that answers it");
        }
        SortedMap<Integer, Double> recall = new TreeMap<>();
        for (int k : ks) {
            recall.put(
                    k, rows.stream().mapToDouble(row -> row.recall(k)).average().orElseThrow());
        }
        double reciprocal =
                rows.stream().mapToDouble(RankedRow::reciprocalRank).average().orElseThrow();
        return new RankScores(rows.size(), recall, reciprocal);
    }
}
