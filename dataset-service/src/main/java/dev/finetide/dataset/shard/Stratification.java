package dev.finetide.dataset.shard;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Holds out the same fraction of every class, where answers are classes. Rows of a group stay together. Not
/// thread-safe.
///
/// Answers count as classes if there are at most 500, with 10 rows each on average. Above a million rows the hash of a
/// group alone holds out nearly the same fraction of each class.
final class Stratification {
    private static final int MOST_ROWS = 1_000_000;
    private static final int MOST_CLASSES = 500;
    private static final int ROWS_PER_CLASS = 10;

    private final SplitPlan plan;
    private final Map<Long, Integer> classes = new HashMap<>();
    private long[] groups = new long[1 << 10];
    private short[] labels = new short[1 << 10];
    /// Number of each row in its split, and the split in the last two bits.
    private long[] places = new long[1 << 10];
    private int rows;
    private boolean givenUp;

    Stratification(SplitPlan plan) {
        this.plan = plan;
        this.givenUp = !plan.holdsOut();
    }

    /// Adds a row that the plan may hold out.
    ///
    /// @param split split that the plan chose
    /// @param number 1-based number of the row in that split
    /// @param group hash of the row's group
    /// @param answer hash of the answer
    void add(SplitName split, long number, long group, long answer) {
        if (givenUp) {
            return;
        }
        Integer label = classes.get(answer);
        if (label == null) {
            label = classes.size();
            classes.put(answer, label);
        }
        if (classes.size() > MOST_CLASSES || rows == MOST_ROWS) {
            givenUp = true;
            groups = null;
            labels = null;
            places = null;
            return;
        }
        if (rows == groups.length) {
            groups = Arrays.copyOf(groups, 2 * rows);
            labels = Arrays.copyOf(labels, 2 * rows);
            places = Arrays.copyOf(places, 2 * rows);
        }
        groups[rows] = group;
        labels[rows] = label.shortValue();
        places[rows++] = number << 2 | split.ordinal();
    }

    /// Notes the moves that make the fractions right in every class; none where answers are no classes.
    void moveInto(Moves moves) {
        if (givenUp || (long) classes.size() * ROWS_PER_CLASS > rows) {
            return;
        }
        Integer[] order = new Integer[rows];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Long.compareUnsigned(groups[a], groups[b]));
        int[] size = new int[classes.size()];
        for (int i = 0; i < rows; i++) {
            size[labels[i]]++;
        }
        int[][] taken = new int[SplitName.values().length][classes.size()];
        for (int from = 0; from < rows; ) {
            int to = from + 1;
            while (to < rows && groups[order[to]] == groups[order[from]]) {
                to++;
            }
            // A group whose rows have several answers counts for the class of its first row.
            int label = labels[order[from]];
            SplitName split = choose(size[label], taken, label);
            taken[split.ordinal()][label] += to - from;
            for (int i = from; i < to; i++) {
                long place = places[order[i]];
                moves.add((int) (place & 3), place >>> 2, split.ordinal());
            }
            from = to;
        }
    }

    private SplitName choose(int size, int[][] taken, int label) {
        if (taken[SplitName.TEST.ordinal()][label] < Math.round(size * plan.testFraction())) {
            return SplitName.TEST;
        }
        if (taken[SplitName.VALIDATION.ordinal()][label] < Math.round(size * plan.validationFraction())) {
            return SplitName.VALIDATION;
        }
        return SplitName.TRAIN;
    }
}
