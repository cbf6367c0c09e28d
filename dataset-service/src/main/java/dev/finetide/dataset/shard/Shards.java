package dev.finetide.dataset.shard;

import com.github.luben.zstd.ZstdOutputStream;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.ApiException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Writes rows with their places in the upload as Zstandard-compressed JSONL shards, and holds one compressed shard in
/// memory. Equal rows at equal places give equal shards. Not thread-safe.
public final class Shards {
    private static final int SMALL = 4 << 20;
    private static final int LARGE = 32 << 20;
    private static final int SMALL_SHARDS = 256;
    /// Largest number of shards. A version names all its shards, and must fit into an event of at most 1 MB.
    private static final int MOST_SHARDS = 3_000;

    private static final int LEVEL = 3;

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

    /// Adds one canonical row, with its place as the last member: `"source":{"file":"train","line":11}`. Returns true
    /// if
    /// the row completed a shard, which is then in the store.
    ///
    /// @param row  JSON object that has members
    /// @param file uploaded file: `train` or `test`
    /// @param line 1-based line on which the row starts
    public boolean add(byte[] row, String file, long line) throws IOException {
        if (open == null) {
            compressed = new ByteArrayOutputStream(1 << 16);
            open = new ZstdOutputStream(compressed, LEVEL).setChecksum(true);
            openBytes = 0;
        }
        byte[] end = (",\"source\":{\"file\":\"" + file + "\",\"line\":" + line + "}}\n")
                .getBytes(StandardCharsets.US_ASCII);
        open.write(row, 0, row.length - 1);
        open.write(end);
        openBytes += row.length - 1 + end.length;
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
    public List<BlobRef> finish() throws IOException {
        if (open != null) {
            close();
        }
        return List.copyOf(written);
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
