package dev.finetide.dataset.read;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.row.RowId;
import dev.finetide.dataset.shard.LeakedRows;
import dev.finetide.dataset.shard.Scratch;
import dev.finetide.dataset.shard.SplitName;
import dev.finetide.dataset.shard.StoredRow;
import dev.finetide.dataset.shard.StoredRows;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rule.DocumentRules;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.Split;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/// The rows of a version that a client asks for, read as fast as the client takes them.
public final class RowSource implements WatchSource<Row> {
    /// Name of the records that were left out, in the place of a split.
    public static final String REFUSED = "refused";

    /// Reads the next row; empty after the last one.
    private interface Next {
        Optional<Row> row() throws IOException;
    }

    private final Next next;
    private final AutoCloseable closing;
    private long left;
    private Optional<Row> head = Optional.empty();
    private boolean read;

    private RowSource(Next next, AutoCloseable closing, long count) {
        this.next = next;
        this.closing = closing;
        this.left = count == 0 ? Long.MAX_VALUE : count;
    }

    /// Opens the rows of a request.
    ///
    /// @throws ApiException ILLEGAL_STATE for a deleted version, INVALID_FIELD for a split that the version does
    /// not have
    public static RowSource open(BlobStore blobs, DatasetVersion version, ReadRowsRequest request) throws IOException {
        requireRows(version);
        RowSource rows;
        if (request.getLeaked()) {
            rows = leaked(blobs, version, request);
        } else if (request.getSplit().equals(REFUSED)) {
            RefusedRows refused = RefusedRows.open(blobs, version);
            rows = new RowSource(refused::next, refused, request.getCount());
        } else {
            String split = split(version, request.getSplit());
            StoredRows stored = StoredRows.open(blobs, version, split);
            stored.skip(Math.max(0, request.getFirst() - 1));
            return new RowSource(() -> stored.next().map(row -> shown(row).build()), stored, request.getCount());
        }
        for (long i = 1; i < request.getFirst() && rows.hasNext(); i++) {
            rows.next();
        }
        return rows;
    }

    /// Returns a row for people and programs.
    public static Row.Builder shown(StoredRow row) {
        return Row.newBuilder()
                .setSplit(row.split())
                .setNumber(row.number())
                .setId(RowId.of(row.json()))
                .setPlace(row.place())
                .setJson(new String(row.json(), StandardCharsets.UTF_8))
                .putAllTags(row.tags());
    }

    /// Returns the name of a split that the version has.
    ///
    /// @param name empty for train, and for the one split of a document set
    /// @throws ApiException INVALID_FIELD naming the splits that there are
    public static String split(DatasetVersion version, String name) {
        List<String> splits = splits(version);
        boolean documents = version.getRowFormat() == RowFormat.DOCUMENTS && !splits.isEmpty();
        String usual = documents ? splits.getFirst() : SplitName.TRAIN.word();
        String split = name.isEmpty() ? usual : name;
        if (!splits.contains(split)) {
            throw ApiException.invalidField(
                    "split", version.getName() + " has no split " + split + ", it has " + String.join(", ", splits));
        }
        return split;
    }

    /// Returns the splits of a version in their order; those of a version from before splits had names, too.
    public static List<String> splits(DatasetVersion version) {
        return version.getSplitsCount() > 0
                ? version.getSplitsList().stream().map(Split::getName).toList()
                : List.of(SplitName.TRAIN.word(), SplitName.TEST.word());
    }

    /// @throws ApiException ILLEGAL_STATE for a deleted version
    public static void requireRows(DatasetVersion version) {
        if (version.hasDeleteTime()) {
            throw ApiException.illegalState(version.getName(), "deleted", "read the rows of");
        }
    }

    /// @throws ApiException INVALID_FIELD for a document set, whose passages have no questions and
    /// answers
    public static void requireAnswers(String field, DatasetVersion version) {
        DocumentRules.refusal(field, version).ifPresent(refusal -> {
            throw ApiException.invalidFields(List.of(refusal));
        });
    }

    private static RowSource leaked(BlobStore blobs, DatasetVersion version, ReadRowsRequest request)
            throws IOException {
        Optional<String> only =
                request.getSplit().isEmpty() ? Optional.empty() : Optional.of(split(version, request.getSplit()));
        Scratch scratch = Scratch.create();
        LeakedRows rows = LeakedRows.open(blobs, version, splits(version), scratch.directory());
        return new RowSource(
                () -> {
                    Optional<LeakedRows.Leaked> row = rows.next();
                    while (only.isPresent()
                            && row.isPresent()
                            && !row.get().row().split().equals(only.get())) {
                        row = rows.next();
                    }
                    return row.map(found ->
                            shown(found.row()).setOverlap(found.overlap()).build());
                },
                () -> {
                    rows.close();
                    scratch.close();
                },
                request.getCount());
    }

    @Override
    public boolean hasNext() {
        if (!read && left > 0) {
            try {
                head = next.row();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            read = true;
        }
        return left > 0 && head.isPresent();
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        read = false;
        left--;
        return head.orElseThrow();
    }

    @Override
    public void close() {
        try {
            closing.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
