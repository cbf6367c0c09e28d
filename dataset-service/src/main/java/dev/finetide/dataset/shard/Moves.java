package dev.finetide.dataset.shard;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// Rows that get another split after they were written. Splits are numbers, and rows keep their order: the rows that a
/// split receives from earlier splits come first, then its own, then those of later splits. Not thread-safe.
final class Moves {
    private final Map<Integer, Map<Integer, BitSet>> byFrom = new HashMap<>();

    /// Moves a row; a later move of the same row counts. A move to the row's own split is none.
    ///
    /// @param number 1-based number of the row in its split
    void add(int from, long number, int to) {
        Map<Integer, BitSet> targets = byFrom.computeIfAbsent(from, split -> new HashMap<>());
        targets.values().forEach(moved -> moved.clear(Math.toIntExact(number)));
        if (from != to) {
            targets.computeIfAbsent(to, split -> new BitSet()).set(Math.toIntExact(number));
        }
    }

    boolean isEmpty() {
        return byFrom.values().stream()
                .flatMap(targets -> targets.values().stream())
                .allMatch(BitSet::isEmpty);
    }

    /// Returns the split that a row has after the moves.
    int target(int from, long number) {
        for (Map.Entry<Integer, BitSet> target :
                byFrom.getOrDefault(from, Map.of()).entrySet()) {
            if (target.getValue().get((int) number)) {
                return target.getKey();
            }
        }
        return from;
    }

    /// Returns the number that a row has in its split after the moves.
    ///
    /// @param rows number of rows of each split before the moves
    long number(int from, long number, long[] rows) {
        int to = target(from, number);
        long before = 0;
        for (int split = 0; split < from; split++) {
            before += going(split, to, rows[split]);
        }
        return before + going(from, to, number);
    }

    /// Counts the rows among the first `upTo` of a split that are in the split `to` after the moves.
    private long going(int from, int to, long upTo) {
        Map<Integer, BitSet> targets = byFrom.getOrDefault(from, Map.of());
        if (from == to) {
            return upTo
                    - targets.values().stream()
                            .mapToLong(moved -> count(moved, upTo))
                            .sum();
        }
        return targets.containsKey(to) ? count(targets.get(to), upTo) : 0;
    }

    private static long count(BitSet numbers, long upTo) {
        return numbers.get(0, (int) upTo + 1).cardinality();
    }
}
