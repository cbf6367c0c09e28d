package dev.finetide.dataset.recipe;

import dev.finetide.blobs.Sha256;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.Function;

/// Keeps the first of rows that are equal, by 128 bits of SHA-256. Rows of earlier splits come first.
final class DedupeRows implements RowStep {
    private final Function<RecipeRow, byte[]> key;
    private final MessageDigest sha256 = Sha256.newDigest();
    private final SortedRecords hashes;
    private final SplitRanks splits = new SplitRanks();
    private final Ordinals dropped;

    /// @param key bytes that equal rows have in common
    DedupeRows(Function<RecipeRow, byte[]> key, Path scratch) {
        this.key = key;
        this.hashes = new SortedRecords(4, scratch);
        this.dropped = new Ordinals(scratch);
    }

    @Override
    public boolean looksFirst() {
        return true;
    }

    @Override
    public void look(RecipeRow row, long ordinal) throws IOException {
        ByteBuffer digest = ByteBuffer.wrap(sha256.digest(key.apply(row)));
        hashes.add(digest.getLong(), digest.getLong(), ordinal, splits.index(row.split()));
    }

    @Override
    public void looked() throws IOException {
        splits.fix();
        try (SortedRecords.Cursor cursor = hashes.sorted()) {
            boolean any = false;
            long high = 0;
            long low = 0;
            long first = 0;
            int firstSplit = 0;
            while (cursor.next()) {
                long ordinal = cursor.get(2);
                int split = (int) cursor.get(3);
                if (!any || cursor.get(0) != high || cursor.get(1) != low) {
                    any = true;
                    high = cursor.get(0);
                    low = cursor.get(1);
                    first = ordinal;
                    firstSplit = split;
                } else if (splits.isBefore(split, ordinal, firstSplit, first)) {
                    dropped.add(first);
                    first = ordinal;
                    firstSplit = split;
                } else {
                    dropped.add(ordinal);
                }
            }
        }
    }

    @Override
    public Optional<RecipeRow> apply(RecipeRow row, long ordinal) throws IOException {
        return dropped.contains(ordinal) ? Optional.empty() : Optional.of(row);
    }

    @Override
    public void close() throws IOException {
        try (hashes;
                dropped) {
            // Closing deletes only temporary files.
        }
    }
}
