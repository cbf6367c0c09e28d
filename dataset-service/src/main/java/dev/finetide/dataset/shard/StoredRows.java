package dev.finetide.dataset.shard;

import com.github.luben.zstd.ZstdInputStream;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.rpc.AwaitedBytes;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// Reads the rows of one split of a version in their order, one row in memory. Every shard is checked against its
/// digest. Not thread-safe.
public final class StoredRows implements AutoCloseable {
    private final BlobStore blobs;
    private final String split;
    private final Iterator<BlobFile> shards;
    private InputStream open = InputStream.nullInputStream();
    private final byte[] chunk = new byte[1 << 16];
    private int position;
    private int limit;
    private long number;

    private StoredRows(BlobStore blobs, String split, List<BlobFile> shards) {
        this.blobs = blobs;
        this.split = split;
        this.shards = shards.iterator();
    }

    /// Opens a split; a split that the version does not have has no rows.
    public static StoredRows open(BlobStore blobs, DatasetVersion version, String split) {
        return open(blobs, version.getShardsList(), split);
    }

    /// Opens a split.
    ///
    /// @param shards shards of all splits
    public static StoredRows open(BlobStore blobs, List<BlobFile> shards, String split) {
        return new StoredRows(
                blobs,
                split,
                shards.stream()
                        .filter(shard -> shard.getPath().startsWith(split + "/"))
                        .sorted(Comparator.comparing(BlobFile::getPath))
                        .toList());
    }

    /// Returns the next row; empty after the last one.
    ///
    /// @throws IOException if a shard is missing or is not what its digest says
    public Optional<StoredRow> next() throws IOException {
        byte[] line = line();
        return line == null ? Optional.empty() : Optional.of(RowLine.read(line, split, ++number));
    }

    /// Passes over rows without reading them, at most to the end of the split.
    public void skip(long rows) throws IOException {
        for (long i = 0; i < rows && line() != null; i++) {
            number++;
        }
    }

    /// Returns the next line without its end; null after the last one. Every shard ends with a line end.
    private byte[] line() throws IOException {
        ByteArrayOutputStream parts = new ByteArrayOutputStream(0);
        while (position < limit || fill()) {
            int end = position;
            while (end < limit && chunk[end] != '\n') {
                end++;
            }
            boolean complete = end < limit;
            if (complete && parts.size() == 0) {
                byte[] line = Arrays.copyOfRange(chunk, position, end);
                position = end + 1;
                return line;
            }
            parts.write(chunk, position, end - position);
            position = complete ? end + 1 : end;
            if (complete) {
                return parts.toByteArray();
            }
        }
        return null;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = open.read(chunk);
        while (limit < 0 && shards.hasNext()) {
            open.close();
            BlobFile shard = shards.next();
            open = new ZstdInputStream(new AwaitedBytes(
                    blobs.open(new BlobRef(shard.getBlobKey(), shard.getSizeBytes(), shard.getSha256()))));
            limit = open.read(chunk);
        }
        return limit > 0;
    }

    @Override
    public void close() throws IOException {
        open.close();
    }
}
