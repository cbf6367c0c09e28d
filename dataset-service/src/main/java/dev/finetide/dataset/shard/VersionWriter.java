package dev.finetide.dataset.shard;

import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.shape.ReadRow;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.suitability.sort.SortedRecords;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/// Writes the rows of a new version into shards and finds out what they have in common. Memory is bounded for any
/// number of rows: one shard of each split, and hashes, most of which are on disk.
///
/// Rows are written once, as they come. Where the end shows that rows need another split (equal shares of every
/// class, inputs that are in two splits), the shards are written again with the moves. Not thread-safe.
public final class VersionWriter implements AutoCloseable {
    private static final int MOST_SPLITS = 100;

    private final BlobStore blobs;
    private final String prefix;
    private final Runnable onShard;
    private final SplitPlan plan;
    private final Stratification stratification;
    private final Overlaps overlaps;
    private final ContentCounts contents = new ContentCounts();
    private final SortedRecords rowHashes;
    private final SortedSet<String> tagColumns = new TreeSet<>();
    private final Map<String, SplitRows> splits = new LinkedHashMap<>();
    private RowFormat format = RowFormat.ROW_FORMAT_UNSPECIFIED;
    private boolean jsonAnswers = true;

    /// @param prefix prefix of the shards' keys, ending with `/`
    /// @param scratch directory of temporary files
    /// @param onShard runs after each stored shard
    public VersionWriter(BlobStore blobs, String prefix, Path scratch, SplitPlan plan, Runnable onShard) {
        this.blobs = blobs;
        this.prefix = prefix;
        this.onShard = onShard;
        this.plan = plan;
        this.stratification = new Stratification(plan);
        this.overlaps = new Overlaps(scratch);
        this.rowHashes = new SortedRecords(1, scratch);
        for (SplitName split : SplitName.values()) {
            open(split.word());
        }
    }

    /// Adds a row to a split.
    public void add(String split, RowPlace place, ReadRow row) throws IOException {
        add(split, place, HashedRow.of(row.row(), row.tags(), row.group()));
    }

    /// Adds a row to a split; the plan may choose another one for a row of the train split.
    ///
    /// @throws ApiException INVALID_FIELD for the 101st split, and for a row of another format than the first row
    public void add(String split, RowPlace place, HashedRow row) throws IOException {
        checkFormat(row.row());
        boolean mayMove = plan.holdsOut() && split.equals(SplitName.TRAIN.word());
        SplitName chosen = mayMove ? plan.of(row.group()) : SplitName.TRAIN;
        SplitRows rows = open(mayMove ? chosen.word() : split);
        if (rows.add(row.row().json(), place, row.tags())) {
            onShard.run();
        }
        if (mayMove) {
            stratification.add(chosen, rows.count(), row.group(), row.answer());
        }
        overlaps.add(row.input(), rows.index, rows.count(), place);
        rowHashes.add(row.content() * 31 + rows.index);
        contents.add(row.row().contents(), place);
        jsonAnswers = jsonAnswers && row.jsonAnswer();
        tagColumns.addAll(row.tags().keySet());
    }

    /// Returns the number of rows so far.
    public long rows() {
        return splits.values().stream().mapToLong(SplitRows::count).sum();
    }

    /// Returns the format of the rows so far; unspecified before the first row.
    public RowFormat format() {
        return format;
    }

    /// Stores the last shards, and returns the version without its name, manifest and report of invalid rows.
    ///
    /// @throws ApiException INVALID_FIELD if inputs are in two splits and the plan refuses that
    public DatasetVersion.Builder finish() throws IOException {
        Moves moves = new Moves();
        stratification.moveInto(moves);
        List<String> names = List.copyOf(splits.keySet());
        long[] counts = splits.values().stream().mapToLong(SplitRows::count).toArray();
        Map<Integer, Split.Builder> found = overlaps.find(moves, names, counts, plan.overlap());
        Map<String, SplitRows> last = moves.isEmpty() ? splits : rewritten(moves, names);
        DatasetVersion.Builder version = DatasetVersion.newBuilder()
                .setRowFormat(format)
                .setJsonAnswers(rows() > 0 && jsonAnswers)
                .addAllContents(contents.all())
                .addAllTagColumns(tagColumns);
        MessageDigest digest = Sha256.newDigest();
        digest.update(("finetide rows " + format + "\n").getBytes(StandardCharsets.UTF_8));
        for (String name : names.stream().sorted(SplitName.ORDER).toList()) {
            SplitRows rows = last.get(name);
            List<BlobFile> shards = rows.shards.finish(name);
            Split.Builder split = found.getOrDefault(rows.index, Split.newBuilder());
            if (rows.count() == 0) {
                continue;
            }
            version.addSplits(split.setName(name).setRows(rows.count()));
            version.addAllShards(shards);
            digest.update((name + " " + rows.count() + " " + Sha256.hex(rows.digest) + "\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        version.setTrainRows(count(last, SplitName.TRAIN)).setTestRows(count(last, SplitName.TEST));
        version.getReportBuilder().setDuplicateRows(duplicates()).setLeakedTestRows(overlaps.leakedTestRows());
        return version.setDigest(Sha256.hex(digest));
    }

    private static long count(Map<String, SplitRows> splits, SplitName split) {
        return splits.get(split.word()).count();
    }

    private void checkFormat(CanonicalRow row) {
        if (format == RowFormat.ROW_FORMAT_UNSPECIFIED) {
            format = row.format();
        } else if (row.format() != format) {
            throw ApiException.invalidField(
                    "rows", "a row is " + row.format() + ", but the rows before it are " + format);
        }
    }

    private SplitRows open(String name) {
        SplitRows rows = splits.get(name);
        if (rows == null) {
            if (splits.size() == MOST_SPLITS) {
                throw ApiException.invalidField("split", "the rows have more than " + MOST_SPLITS + " splits");
            }
            rows = new SplitRows(splits.size(), new Shards(blobs, prefix + "rows/" + name + "/"));
            splits.put(name, rows);
        }
        return rows;
    }

    private long duplicates() throws IOException {
        long duplicates = 0;
        try (SortedRecords.Cursor cursor = rowHashes.sorted()) {
            Optional<Long> previous = Optional.empty();
            while (cursor.next()) {
                Optional<Long> hash = Optional.of(cursor.get(0));
                duplicates += hash.equals(previous) ? 1 : 0;
                previous = hash;
            }
        }
        return duplicates;
    }

    /// Writes all rows again, each to its new split, and deletes the first shards.
    private Map<String, SplitRows> rewritten(Moves moves, List<String> names) throws IOException {
        Map<String, SplitRows> moved = new LinkedHashMap<>();
        for (String name : names) {
            moved.put(name, new SplitRows(moved.size(), new Shards(blobs, prefix + "moved/" + name + "/")));
        }
        for (String name : names) {
            SplitRows before = splits.get(name);
            try (StoredRows rows = StoredRows.open(blobs, before.shards.finish(name), name)) {
                for (Optional<StoredRow> next = rows.next(); next.isPresent(); next = rows.next()) {
                    StoredRow row = next.get();
                    int target = moves.target(before.index, row.number());
                    if (moved.get(names.get(target)).add(row.json(), row.place(), row.tags())) {
                        onShard.run();
                    }
                }
            }
        }
        blobs.delete(prefix + "rows/");
        return moved;
    }

    @Override
    public void close() throws IOException {
        try (overlaps;
                rowHashes) {
            // Closing deletes only temporary files.
        }
    }

    /// The rows of one split.
    private static final class SplitRows {
        private final int index;
        private final Shards shards;
        private final MessageDigest digest = Sha256.newDigest();

        SplitRows(int index, Shards shards) {
            this.index = index;
            this.shards = shards;
        }

        /// Adds a row; returns whether a shard was stored.
        boolean add(byte[] json, RowPlace place, SortedMap<String, String> tags) throws IOException {
            digest.update(json);
            digest.update(RowLine.tags(tags).getBytes(StandardCharsets.UTF_8));
            digest.update((byte) '\n');
            return shards.add(json, place, tags);
        }

        long count() {
            return shards.rows();
        }
    }
}
