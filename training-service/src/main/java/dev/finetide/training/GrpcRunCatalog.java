package dev.finetide.training;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.catalog.GrpcCatalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/// Asks the other services, and reads a base's own settings from the blob store.
record GrpcRunCatalog(GrpcCatalog services, BlobStore blobs) implements RunCatalog, AutoCloseable {
    private static final long LARGEST_CONFIG_BYTES = 1 << 20;

    private static final Value NONE =
            Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();

    @Override
    public DatasetVersion datasetVersion(String name) {
        return services.datasetVersion(name);
    }

    @Override
    public Base base(String name) {
        return services.base(name);
    }

    @Override
    public ModelVersion modelVersion(String name) {
        return services.modelVersion(name);
    }

    @Override
    public OptionalInt context(Base base) {
        Optional<BlobFile> config = base.getFilesList().stream()
                .filter(file -> file.getPath().equals("config.json"))
                .findFirst();
        return config.map(file -> settings(base, file).getFieldsOrDefault("max_position_embeddings", NONE))
                .filter(Value::hasNumberValue)
                .map(positions -> OptionalInt.of((int) positions.getNumberValue()))
                .orElse(OptionalInt.empty());
    }

    private Struct settings(Base base, BlobFile file) {
        if (file.getSizeBytes() > LARGEST_CONFIG_BYTES) {
            throw ApiException.invalidField(
                    "config.base",
                    "%s: config.json: expected at most %d bytes, got %d"
                            .formatted(base.getName(), LARGEST_CONFIG_BYTES, file.getSizeBytes()));
        }
        BlobRef blob = new BlobRef(file.getBlobKey(), file.getSizeBytes(), file.getSha256());
        try (InputStream content = blobs.open(blob)) {
            Struct.Builder settings = Struct.newBuilder();
            JsonFormat.parser().merge(new String(content.readAllBytes(), StandardCharsets.UTF_8), settings);
            return settings.build();
        } catch (InvalidProtocolBufferException notJson) {
            throw ApiException.invalidField("config.base", base.getName() + ": config.json is not a JSON object");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Override
    public void close() {
        services.close();
    }
}
