package dev.finetide.dataset.export;

import com.google.protobuf.ByteString;
import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.shard.StoredRow;
import dev.finetide.dataset.shard.StoredRows;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.dataset.Places;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ExportRowsRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;
import java.util.Optional;

/// The bytes of a split in a format, written as fast as the client takes them. Memory holds one chunk and one row.
public final class ExportSource implements WatchSource<Chunk> {
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int LARGEST_CHUNK = 1 << 20;

    private final StoredRows rows;
    private final RowExport export;
    private final ByteString.Output buffer = ByteString.newOutput();
    private boolean ended;

    private ExportSource(StoredRows rows, RowExport export) {
        this.rows = rows;
        this.export = export;
    }

    /// Opens a split.
    ///
    /// @throws ApiException ILLEGAL_STATE for a deleted version, INVALID_FIELD for an unknown split, shape or
    /// container
    public static ExportSource open(BlobStore blobs, DatasetVersion version, ExportRowsRequest request)
            throws IOException {
        RowSource.requireRows(version);
        String split = RowSource.split(version, request.getSplit());
        RowExport export = new RowExport(request.getShape(), request.getContainer(), version.getRowFormat());
        ExportSource source = new ExportSource(StoredRows.open(blobs, version, split), export);
        export.begin(source.buffer, version.getTagColumnsList());
        return source;
    }

    @Override
    public boolean hasNext() {
        try {
            while (!ended && buffer.size() < CHUNK_BYTES) {
                Optional<StoredRow> row = rows.next();
                if (row.isPresent()) {
                    add(row.get());
                } else {
                    export.end();
                    ended = true;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.size() > 0;
    }

    private void add(StoredRow row) throws IOException {
        try {
            export.add(row.json(), row.tags());
        } catch (RowFault fault) {
            throw ApiException.invalidField(
                    "shape",
                    "row %d of the split %s (%s) cannot be written so: %s"
                            .formatted(row.number(), row.split(), Places.words(row.place()), fault.getMessage()));
        }
    }

    /// Returns the next chunk: whole records, mostly some more than 64 KiB, cut where a message may not be longer.
    @Override
    public Chunk next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ByteString bytes = buffer.toByteString();
        buffer.reset();
        if (bytes.size() > LARGEST_CHUNK) {
            byte[] rest = bytes.substring(LARGEST_CHUNK).toByteArray();
            buffer.write(rest, 0, rest.length);
            bytes = bytes.substring(0, LARGEST_CHUNK);
        }
        return Chunk.newBuilder().setData(bytes).build();
    }

    @Override
    public void close() {
        try {
            rows.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
