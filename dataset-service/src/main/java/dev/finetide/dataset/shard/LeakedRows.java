package dev.finetide.dataset.shard;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.Overlap;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The rows of a version whose input is also in an earlier split, in the order of splits and rows. Finds them once,
/// when it is opened, in bounded memory. Not thread-safe.
public final class LeakedRows implements AutoCloseable {
    private final BlobStore blobs;
    private final DatasetVersion version;
    private final List<String> splits;
    private final Overlaps overlaps;
    /// Columns: split and number of the row; split and number of the first row with its input; place of that row.
    private final SortedRecords found;

    private SortedRecords.Cursor cursor;
    private StoredRows rows;
    private int split = -1;
    private long read;

    /// A row and the first row with the same input.
    public record Leaked(StoredRow row, Overlap overlap) {}

    private LeakedRows(BlobStore blobs, DatasetVersion version, List<String> splits, Path scratch) {
        this.blobs = blobs;
        this.version = version;
        this.splits = splits;
        this.overlaps = new Overlaps(scratch);
        this.found = new SortedRecords(3, scratch);
    }

    /// Finds the rows.
    ///
    /// @param splits splits of the version, in their order
    /// @param scratch directory for temporary files
    public static LeakedRows open(BlobStore blobs, DatasetVersion version, List<String> splits, Path scratch)
            throws IOException {
        LeakedRows leaked = new LeakedRows(blobs, version, splits, scratch);
        for (int i = 0; i < splits.size(); i++) {
            try (StoredRows rows = StoredRows.open(blobs, version, splits.get(i))) {
                for (Optional<StoredRow> next = rows.next(); next.isPresent(); next = rows.next()) {
                    StoredRow row = next.get();
                    CanonicalRow canonical = CanonicalRow.parse(row.json());
                    leaked.overlaps.add(HashedRow.inputHash(canonical), i, row.number(), row.place());
                }
            }
        }
        leaked.overlaps.visit(
                new Moves(),
                (row, earliest) -> leaked.found.add(
                        Overlaps.packed(row.split(), row.number()),
                        Overlaps.packed(earliest.split(), earliest.number()),
                        earliest.place()));
        leaked.cursor = leaked.found.sorted();
        return leaked;
    }

    /// Returns the next row; empty after the last one.
    public Optional<Leaked> next() throws IOException {
        if (!cursor.next()) {
            return Optional.empty();
        }
        int from = Overlaps.high(cursor.get(0));
        long number = Overlaps.low(cursor.get(0));
        if (from != split) {
            closeRows();
            split = from;
            read = 0;
            rows = StoredRows.open(blobs, version, splits.get(from));
        }
        rows.skip(number - 1 - read);
        read = number;
        StoredRow row = rows.next().orElseThrow(() -> new IOException("a split has fewer rows than before"));
        return Optional.of(new Leaked(
                row,
                Overlap.newBuilder()
                        .setPlace(row.place())
                        .setRowNumber(number)
                        .setOtherSplit(splits.get(Overlaps.high(cursor.get(1))))
                        .setOtherRowNumber(Overlaps.low(cursor.get(1)))
                        .setOtherPlace(overlaps.place(cursor.get(2)))
                        .build()));
    }

    @Override
    public void close() throws IOException {
        closeRows();
        cursor.close();
        found.close();
        overlaps.close();
    }

    private void closeRows() throws IOException {
        if (rows != null) {
            rows.close();
        }
    }
}
