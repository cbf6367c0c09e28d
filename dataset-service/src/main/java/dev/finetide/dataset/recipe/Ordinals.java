package dev.finetide.dataset.recipe;

import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.file.Path;

/// A set of row ordinals that is asked in rising order, in bounded memory. Not thread-safe.
final class Ordinals implements AutoCloseable {
    private final SortedRecords records;
    private SortedRecords.Cursor cursor;
    private boolean more;

    Ordinals(Path scratch) {
        this.records = new SortedRecords(1, scratch);
    }

    void add(long ordinal) throws IOException {
        records.add(ordinal);
    }

    /// Returns whether the set has an ordinal. Nothing is added after the first call.
    ///
    /// @param ordinal not smaller than in the call before
    boolean contains(long ordinal) throws IOException {
        if (cursor == null) {
            cursor = records.sorted();
            more = cursor.next();
        }
        while (more && cursor.get(0) < ordinal) {
            more = cursor.next();
        }
        return more && cursor.get(0) == ordinal;
    }

    @Override
    public void close() throws IOException {
        try (records) {
            if (cursor != null) {
                cursor.close();
            }
        }
    }
}
