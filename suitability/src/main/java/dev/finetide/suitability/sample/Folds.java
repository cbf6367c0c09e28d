package dev.finetide.suitability.sample;

import dev.finetide.suitability.linear.TextTerms;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Deals rows into folds: rows of one group into one fold, and each class about equally into all.
///
/// @param of fold of each row, from 0
public record Folds(int[] of, int count) {
    /// The usual number of folds.
    public static final int USUAL = 5;

    /// Deals rows.
    ///
    /// @param groups group of each row
    /// @param classes class of each row; any equal texts where there are no classes
    public static Folds deal(int[] groups, List<String> classes, int count) {
        int[] first = IntStream.range(0, groups.length)
                .filter(row -> groups[row] == row)
                .boxed()
                .sorted(Comparator.comparing((Integer row) -> classes.get(row))
                        .thenComparingLong(row -> TextTerms.mixed(row)))
                .mapToInt(Integer::intValue)
                .toArray();
        Map<Integer, Integer> foldOf = new HashMap<>();
        for (int i = 0; i < first.length; i++) {
            foldOf.put(first[i], i % count);
        }
        return new Folds(
                IntStream.range(0, groups.length)
                        .map(row -> foldOf.get(groups[row]))
                        .toArray(),
                count);
    }

    /// Returns the number of groups.
    public static int groups(int[] groups) {
        return (int) IntStream.range(0, groups.length)
                .filter(row -> groups[row] == row)
                .count();
    }
}
