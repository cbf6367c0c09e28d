package dev.finetide.registry;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.rpc.AwaitedBytes;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.SafetensorsHeader;
import dev.finetide.modelfiles.config.WeightIndex;
import dev.finetide.proto.blob.v1.BlobFile;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;

/// The headers of a base's weight files. Each blob is read once, however many paths name it, and all
/// headers of a base together are bounded. Used by one thread.
final class BaseWeights {
    /// The most bytes of all headers together.
    private static final long MOST_HEADER_BYTES = 32L << 20;

    private final BlobStore blobs;
    private final Map<String, SafetensorsHeader> bySha256 = new HashMap<>();
    private long bytes;
    private int tensors;

    BaseWeights(BlobStore blobs) {
        this.blobs = blobs;
    }

    /// Returns the header of a file.
    ///
    /// @throws ModelFormatException if the file has none, or the headers of the base are too large
    SafetensorsHeader header(BlobFile file) throws IOException {
        SafetensorsHeader known = bySha256.get(file.getSha256());
        if (known != null) {
            return known;
        }
        SafetensorsHeader header;
        try (InputStream in = new AwaitedBytes(blobs.open(BlobRef.ofContent(file.getSizeBytes(), file.getSha256())))) {
            header = SafetensorsHeader.read(file.getPath(), in, file.getSizeBytes());
        }
        bytes += header.dataStart();
        tensors += header.tensors().size();
        if (bytes > MOST_HEADER_BYTES || tensors > WeightIndex.MAX_TENSORS) {
            throw new ModelFormatException(file.getPath() + ": with this file the headers of the base have " + bytes
                    + " bytes and " + tensors + " tensors, at most " + MOST_HEADER_BYTES + " and "
                    + WeightIndex.MAX_TENSORS + " are accepted");
        }
        bySha256.put(file.getSha256(), header);
        return header;
    }
}
