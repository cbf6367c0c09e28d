package dev.finetide.registry;

import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.DeleteModelVersionRequest;
import dev.finetide.proto.model.v1.DownloadModelFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ListModelVersionsRequest;
import dev.finetide.proto.model.v1.ListModelVersionsResponse;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ReviewModelVersionRequest;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;

/// Serves ModelService over gRPC.
@GrpcService
public class ModelRpc extends ModelServiceGrpc.ModelServiceImplBase {
    private final RpcFunnel rpc;
    private final ModelRegistry registry;
    private final BlobStore blobs;
    private final RegistryMeters meters;

    ModelRpc(RpcFunnel rpc, ModelRegistry registry, BlobStore blobs, RegistryMeters meters) {
        this.rpc = rpc;
        this.registry = registry;
        this.blobs = blobs;
        this.meters = meters;
    }

    @Override
    @Blocking
    public void getModelVersion(GetModelVersionRequest request, StreamObserver<ModelVersion> observer) {
        rpc.unary(request, observer, () -> registry.get(request.getName()));
    }

    @Override
    @Blocking
    public void listModelVersions(
            ListModelVersionsRequest request, StreamObserver<ListModelVersionsResponse> observer) {
        rpc.unary(request, observer, () -> {
            Page page = Page.of(request.getPageSize(), request.getPageToken());
            Page.Rows<ModelStore.Listed> found = page.fit(
                    registry.list(request.getParent(), request.getTrainingRun(), page),
                    listed -> listed.version().getSerializedSize());
            return ListModelVersionsResponse.newBuilder()
                    .addAllModelVersions(found.shown().stream()
                            .map(ModelStore.Listed::version)
                            .toList())
                    .setNextPageToken(found.nextToken(listed -> Long.toString(listed.position())))
                    .build();
        });
    }

    @Override
    @Blocking
    public void approveModelVersion(ReviewModelVersionRequest request, StreamObserver<ModelVersion> observer) {
        rpc.unary(request, observer, () -> registry.approve(request));
    }

    @Override
    @Blocking
    public void rejectModelVersion(ReviewModelVersionRequest request, StreamObserver<ModelVersion> observer) {
        rpc.unary(request, observer, () -> registry.reject(request));
    }

    @Override
    @Blocking
    public void revokeModelVersion(ReviewModelVersionRequest request, StreamObserver<ModelVersion> observer) {
        rpc.unary(request, observer, () -> registry.revoke(request));
    }

    @Override
    @Blocking
    public void deleteModelVersion(DeleteModelVersionRequest request, StreamObserver<ModelVersion> observer) {
        rpc.unary(request, observer, () -> registry.delete(request));
    }

    @Override
    public void downloadModelFile(DownloadModelFileRequest request, StreamObserver<FileChunk> observer) {
        rpc.watch(
                request,
                observer,
                () -> meters.counted(() -> {
                    BlobFile file = registry.servedFile(request.getName(), request.getPath());
                    // The state is checked before each chunk, so that a revocation ends running
                    // downloads.
                    return new FileChunks(
                            blobs,
                            file,
                            request.getOffset(),
                            () -> registry.servedFile(request.getName(), request.getPath()));
                }));
    }
}
