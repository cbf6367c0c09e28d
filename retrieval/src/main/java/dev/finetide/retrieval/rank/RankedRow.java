package dev.finetide.retrieval.rank;

import java.util.List;
import java.util.Set;

/// A row of a set that retrieval is scored on: the passages that were found for it, and those that are right.
///
/// @param right for each place that answers the row the passages that carry it; at least one place, and each
///     with a passage
/// @param found passages that were found, the best first
public record RankedRow(List<Set<Integer>> right, List<Integer> found) {
    public RankedRow {
        right = List.copyOf(right);
        found = List.copyOf(found);
        if (right.isEmpty() || right.stream().anyMatch(Set::isEmpty)) {
            throw new IllegalArgumentException("a row that is ranked has a right passage for each of its places");
        }
    }

    /// Returns the part of the row's places that the best `k` passages carry, from 0 to 1. A place that two
    /// overlapping passages carry counts once.
    public double recall(int k) {
        List<Integer> best = found.subList(0, Math.min(k, found.size()));
        long carried = right.stream()
                .filter(passages -> best.stream().anyMatch(passages::contains))
                .count();
        return (double) carried / right.size();
    }

    /// Returns 1 / rank of the first right passage, or 0 when none was found.
    public double reciprocalRank() {
        for (int i = 0; i < found.size(); i++) {
            int passage = found.get(i);
            if (right.stream().anyMatch(passages -> passages.contains(passage))) {
                return 1.0 / (i + 1);
            }
        }
        return 0;
    }
}
