package dev.finetide.training;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.model.v1.ModelVersion;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Asks dataset-service and registry-service, and reads a base's own settings from the blob store.
final class GrpcCatalog implements Catalog, AutoCloseable {
    private static final long DEADLINE_S = 5;
    private static final long LARGEST_CONFIG_BYTES = 1 << 20;

    private static final Value NONE =
            Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();

    private final ManagedChannel datasets;
    private final ManagedChannel registry;
    private final BlobStore blobs;

    /// @param datasetEndpoint  host:port
    /// @param registryEndpoint host:port
    /// @param interceptors     interceptors of every call
    GrpcCatalog(String datasetEndpoint, String registryEndpoint, BlobStore blobs, ClientInterceptor... interceptors) {
        this.blobs = blobs;
        this.datasets = channel(datasetEndpoint, interceptors);
        this.registry = channel(registryEndpoint, interceptors);
    }

    private static ManagedChannel channel(String endpoint, ClientInterceptor... interceptors) {
        return ManagedChannelBuilder.forTarget("dns:///" + endpoint)
                .usePlaintext()
                .intercept(interceptors)
                .build();
    }

    @Override
    public DatasetVersion datasetVersion(String name) {
        return ask(
                "dataset-service",
                name,
                () -> DatasetServiceGrpc.newBlockingStub(datasets)
                        .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                        .getDatasetVersion(GetDatasetVersionRequest.newBuilder()
                                .setName(name)
                                .build()));
    }

    @Override
    public Base base(String name) {
        return ask(
                "registry-service",
                name,
                () -> BaseServiceGrpc.newBlockingStub(registry)
                        .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                        .getBase(GetBaseRequest.newBuilder().setName(name).build()));
    }

    @Override
    public ModelVersion modelVersion(String name) {
        return ask(
                "registry-service",
                name,
                () -> ModelServiceGrpc.newBlockingStub(registry)
                        .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                        .getModelVersion(GetModelVersionRequest.newBuilder()
                                .setName(name)
                                .build()));
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

    private static <T> T ask(String dependency, String resource, Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException failure) {
            if (failure.getStatus().getCode() == Status.Code.NOT_FOUND) {
                throw ApiException.notFound(resource);
            }
            if (GrpcErrors.isUnreachable(failure)) {
                throw ApiException.of(
                        ErrorReason.DEPENDENCY_UNAVAILABLE,
                        dependency + " cannot be reached, try again",
                        "dependency",
                        dependency);
            }
            throw failure;
        }
    }

    @Override
    public void close() {
        datasets.shutdownNow();
        registry.shutdownNow();
    }
}
