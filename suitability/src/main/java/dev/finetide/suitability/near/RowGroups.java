package dev.finetide.suitability.near;

import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.util.Arrays;

/// Counts groups of rows that have a key in common: rows after the first of their split, and rows of later splits.
/// Not thread-safe.
final class RowGroups {
    private final ScannedRows rows;
    /// Rows of each split that are not the first of their group in it.
    private final long[] repeated;

    /// Rows of each later split whose group has a row in each earlier split.
    private final long[][] leaked;

    /// Takes a row that is not the first of its group.
    interface Use {
        /// @param first first row of the group
        /// @param firstOfSplit first row of the group in the row's split, perhaps the row itself
        void take(long row, long first, long firstOfSplit) throws IOException;
    }

    RowGroups(ScannedRows rows) {
        this.rows = rows;
        this.repeated = new long[rows.splits().size()];
        this.leaked = new long[rows.splits().size()][rows.splits().size()];
    }

    /// Counts the groups, and gives the rows after the first of each.
    ///
    /// @param records columns: key of the group, number of the row
    void read(SortedRecords records, Use use) throws IOException {
        try (SortedRecords.Cursor cursor = records.sorted()) {
            boolean[] present = new boolean[rows.splits().size()];
            boolean any = false;
            long key = 0;
            long first = 0;
            long firstOfSplit = 0;
            while (cursor.next()) {
                long row = cursor.get(1);
                int split = rows.split(row);
                if (!any || cursor.get(0) != key) {
                    any = true;
                    key = cursor.get(0);
                    first = row;
                    firstOfSplit = row;
                    Arrays.fill(present, false);
                } else {
                    firstOfSplit = rows.split(firstOfSplit) == split ? firstOfSplit : row;
                    use.take(row, first, firstOfSplit);
                }
                repeated[split] += firstOfSplit == row ? 0 : 1;
                present[split] = true;
                for (int earlier = 0; earlier < split; earlier++) {
                    leaked[split][earlier] += present[earlier] ? 1 : 0;
                }
            }
        }
    }

    long repeated() {
        return Arrays.stream(repeated).sum();
    }

    long repeated(int split) {
        return repeated[split];
    }

    long leaked(int split, int earlier) {
        return leaked[split][earlier];
    }
}
