package dev.finetide.dataset.recipe;

import dev.finetide.dataset.shard.SplitName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Numbers the splits of rows as they come, and says afterwards which of two rows comes first: that of
/// the earlier split, then the earlier one.
final class SplitRanks {
    private final Map<String, Integer> indices = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private int[] ranks = {};

    /// Returns the split's number.
    int index(String split) {
        Integer known = indices.get(split);
        if (known == null) {
            known = names.size();
            indices.put(split, known);
            names.add(split);
        }
        return known;
    }

    /// Fixes the order of the splits: train, validation, test, others by name.
    void fix() {
        List<String> sorted = names.stream().sorted(SplitName.ORDER).toList();
        ranks = names.stream().mapToInt(sorted::indexOf).toArray();
    }

    /// @param split number of the split of the first row
    boolean isBefore(int split, long ordinal, int otherSplit, long otherOrdinal) {
        int rank = ranks[split];
        int other = ranks[otherSplit];
        return rank < other || rank == other && ordinal < otherOrdinal;
    }
}
