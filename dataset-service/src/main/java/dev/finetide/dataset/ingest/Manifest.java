package dev.finetide.dataset.ingest;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// The file `manifest.json` beside the shards: the version as JSON, so that the blobs can be understood without a
/// database.
public final class Manifest {
    private Manifest() {}

    /// Stores the manifest of a version that has no name yet.
    ///
    /// @param prefix prefix of the key, ending with `/`
    public static BlobFile write(DatasetVersion version, BlobStore blobs, String prefix) throws IOException {
        BlobRef blob = blobs.put(prefix + "manifest.json", new ByteArrayInputStream(bytes(version)));
        return BlobFile.newBuilder()
                .setPath("manifest.json")
                .setSizeBytes(blob.size())
                .setSha256(blob.sha256())
                .setBlobKey(blob.key())
                .build();
    }

    private static byte[] bytes(DatasetVersion version) {
        try {
            return JsonFormat.printer()
                    .preservingProtoFieldNames()
                    .print(version)
                    .getBytes(StandardCharsets.UTF_8);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a message without Any can be written", e);
        }
    }
}
