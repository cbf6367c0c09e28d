package dev.finetide.dataset.shard;

import com.github.luben.zstd.ZstdOutputStream;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.RowPlace;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/// Writes rows with their places in the upload as Zstandard-compressed JSONL shards, and holds one compressed shard
/// in memory. Equal rows at equal places give equal shards. Not thread-safe.
public final class Shards {
    private static final int SMALL = 4 << 20;
    private static final int LARGE = 32 << 20;
    private static final int SMALL_SHARDS = 256;
    /// Largest number of shards. A version names all its shards, and must fit into an event of at most 1 MB.
    private static final int MOST_SHARDS = 3_000;

    private static final int LEVEL = 3;
    private static final byte[] LINE_END = {'\n'};

    private final BlobStore blobs;
    private final String prefix;
    private final List<BlobRef> written = new ArrayList<>();
    private ByteArrayOutputStream compressed;
    private ZstdOutputStream open;
    private long openBytes;
    private long rows;

    /// @param prefix prefix of the shards' keys, ending with `/`
    public Shards(BlobStore blobs, String prefix) {
        this.blobs = blobs;
        this.prefix = prefix;
    }

    /// Adds one canonical row, with its place and its tags as the last members:
    /// `"source":{"file":"train","line":11},"tags":{"language":"en"}`. Returns true if the row completed a shard,
    /// which is then in the store.
    ///
    /// @param row JSON object that has members
    public boolean add(byte[] row, RowPlace place, SortedMap<String, String> tags) throws IOException {
        return write(row, row.length - 1, RowLine.end(place, tags));
    }

    /// Adds a line of text, which needs no line end.
    public boolean add(byte[] line) throws IOException {
        return write(line, line.length, LINE_END);
    }

    private boolean write(byte[] row, int length, byte[] end) throws IOException {
        if (open == null) {
            compressed = new ByteArrayOutputStream(1 << 16);
            open = new ZstdOutputStream(compressed, LEVEL).setChecksum(true);
            openBytes = 0;
        }
        open.write(row, 0, length);
        open.write(end);
        openBytes += length + end.length;
        rows++;
        // Shards hold 4 MiB of rows before compression for the first 1 GiB, then more, to keep their number
        // low.
        if (openBytes >= (written.size() < SMALL_SHARDS ? SMALL : LARGE)) {
            close();
            return true;
        }
        return false;
    }

    /// Stores the last shard and returns all shards.
    ///
    /// @param folder first part of their paths: `train` for `train/00000.jsonl.zst`
    public List<BlobFile> finish(String folder) throws IOException {
        if (open != null) {
            close();
        }
        List<BlobFile> files = new ArrayList<>();
        for (BlobRef shard : written) {
            files.add(BlobFile.newBuilder()
                    .setPath(folder + "/" + shard.key().substring(prefix.length()))
                    .setSizeBytes(shard.size())
                    .setSha256(shard.sha256())
                    .setBlobKey(shard.key())
                    .build());
        }
        return files;
    }

    public long rows() {
        return rows;
    }

    private void close() throws IOException {
        open.close();
        open = null;
        if (written.size() == MOST_SHARDS) {
            throw ApiException.invalidField("rows", "are more than a dataset version can hold (about 90 GiB)");
        }
        String key = prefix + "%05d.jsonl.zst".formatted(written.size());
        written.add(blobs.put(key, new ByteArrayInputStream(compressed.toByteArray())));
        compressed = null;
    }
}
