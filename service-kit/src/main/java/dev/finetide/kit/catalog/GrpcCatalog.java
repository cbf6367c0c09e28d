package dev.finetide.kit.catalog;

import dev.finetide.proto.dataset.v1.DatasetServiceGrpc;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.model.v1.ModelVersion;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;

/// Asks dataset-service and registry-service.
public final class GrpcCatalog implements Catalog, AutoCloseable {

    private final ManagedChannel datasets;
    private final ManagedChannel registry;

    /// @param datasetEndpoint  host:port
    /// @param registryEndpoint host:port
    /// @param interceptors     interceptors of every call
    public GrpcCatalog(String datasetEndpoint, String registryEndpoint, ClientInterceptor... interceptors) {
        this.datasets = Dependency.channel(datasetEndpoint, interceptors);
        this.registry = Dependency.channel(registryEndpoint, interceptors);
    }

    @Override
    public DatasetVersion datasetVersion(String name) {
        DatasetVersion version = Dependency.ask(
                "dataset-service",
                name,
                () -> DatasetServiceGrpc.newBlockingStub(datasets)
                        .withDeadlineAfter(Dependency.DEADLINE_S, TimeUnit.SECONDS)
                        .getDatasetVersion(GetDatasetVersionRequest.newBuilder()
                                .setName(name)
                                .build()));
        if (version.hasDeleteTime()) {
            throw Dependency.deleted(version.getName(), version.getDeleteTime());
        }
        return version;
    }

    @Override
    public Base base(String name) {
        Base base = Dependency.ask(
                "registry-service",
                name,
                () -> BaseServiceGrpc.newBlockingStub(registry)
                        .withDeadlineAfter(Dependency.DEADLINE_S, TimeUnit.SECONDS)
                        .getBase(GetBaseRequest.newBuilder().setName(name).build()));
        if (base.hasDeleteTime()) {
            throw Dependency.deleted(name, base.getDeleteTime());
        }
        return base;
    }

    @Override
    public ModelVersion modelVersion(String name) {
        return Dependency.ask(
                "registry-service",
                name,
                () -> ModelServiceGrpc.newBlockingStub(registry)
                        .withDeadlineAfter(Dependency.DEADLINE_S, TimeUnit.SECONDS)
                        .getModelVersion(GetModelVersionRequest.newBuilder()
                                .setName(name)
                                .build()));
    }

    @Override
    public void close() {
        datasets.shutdownNow();
        registry.shutdownNow();
    }
}
