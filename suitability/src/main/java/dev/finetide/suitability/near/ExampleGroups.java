package dev.finetide.suitability.near;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Numbers groups as they come, and chooses examples of the rows in them: the first leaks and near
/// duplicates, one row of each of the largest groups, and the first rows. Not thread-safe.
final class ExampleGroups {
    private static final int MOST = 20;
    private static final int OF_A_KIND = 5;
    private static final int LARGEST = 8;
    private static final Comparator<Group> BY_SIZE =
            Comparator.<Group>comparingLong(group -> group.size).reversed().thenComparing(group -> group.number);

    private final List<RowFound> leaks = new ArrayList<>();
    private final List<RowFound> near = new ArrayList<>();
    private final List<RowFound> first = new ArrayList<>();
    private final List<Group> largest = new ArrayList<>();
    private Group last = new Group(-1, 0);

    private static final class Group {
        private final long firstRow;
        private final long number;
        private RowFound example = RowFound.getDefaultInstance();
        private long size;

        Group(long firstRow, long number) {
            this.firstRow = firstRow;
            this.number = number;
        }
    }

    /// Returns the 1-based number of a group, whose rows come one after the other.
    ///
    /// @param firstRow first row of the group
    long group(long firstRow) {
        if (last.firstRow != firstRow) {
            Group next = new Group(firstRow, last.number + 1);
            endGroup();
            last = next;
        }
        return last.number;
    }

    void add(RowFound row) {
        if (last.size++ == 0) {
            last.example = row;
        }
        if (row.getKind() == FoundKind.LEAK && leaks.size() < OF_A_KIND) {
            leaks.add(row);
        }
        if (row.getKind() == FoundKind.NEAR_DUPLICATE && near.size() < OF_A_KIND) {
            near.add(row);
        }
        if (first.size() < MOST) {
            first.add(row);
        }
    }

    private void endGroup() {
        if (last.size > 0) {
            largest.add(last);
            largest.sort(BY_SIZE);
            if (largest.size() > LARGEST) {
                largest.removeLast();
            }
        }
    }

    /// Returns at most 20 examples, after all rows.
    List<RowFound> chosen() {
        endGroup();
        Set<RowFound> chosen = new LinkedHashSet<>(leaks);
        chosen.addAll(near);
        largest.forEach(group -> chosen.add(group.example));
        chosen.addAll(first);
        return chosen.stream().limit(MOST).toList();
    }
}
