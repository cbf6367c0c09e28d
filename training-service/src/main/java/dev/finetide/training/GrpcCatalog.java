package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.GetBaseRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Asks dataset-service and registry-service.
final class GrpcCatalog implements Catalog, AutoCloseable {
    private static final long DEADLINE_S = 5;

    private final ManagedChannel datasets;
    private final ManagedChannel registry;

    /// @param datasetEndpoint  host:port
    /// @param registryEndpoint host:port
    GrpcCatalog(String datasetEndpoint, String registryEndpoint) {
        this.datasets = channel(datasetEndpoint);
        this.registry = channel(registryEndpoint);
    }

    private static ManagedChannel channel(String endpoint) {
        return ManagedChannelBuilder.forTarget("dns:///" + endpoint)
                .usePlaintext()
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
