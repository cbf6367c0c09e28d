package dev.finetide.registry;

import com.google.protobuf.ByteString;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.rpc.Places;
import dev.finetide.kit.rpc.ReceivedBytes;
import dev.finetide.kit.rpc.RpcFunnel;
import dev.finetide.kit.rpc.UploadStream;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import dev.finetide.proto.model.v1.DownloadBaseFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.FindMissingBlobsRequest;
import dev.finetide.proto.model.v1.FindMissingBlobsResponse;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.ListBasesRequest;
import dev.finetide.proto.model.v1.ListBasesResponse;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import java.io.IOException;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Serves BaseService over gRPC.
@GrpcService
public class BaseRpc extends BaseServiceGrpc.BaseServiceImplBase {
    private final RpcFunnel rpc;
    private final Bases bases;
    private final BlobStore blobs;

    /// Limits the uploads at one time, because each may hold a part of a file in memory. Further
    /// uploads wait unread.
    private final Places uploads;

    /// Limits the checks of new bases, because each may need some 200 MB.
    private final Places checks = new Places(1);

    BaseRpc(
            RpcFunnel rpc,
            Bases bases,
            BlobStore blobs,
            @ConfigProperty(name = "registry.uploads.at-once") int uploadsAtOnce) {
        this.rpc = rpc;
        this.bases = bases;
        this.blobs = blobs;
        this.uploads = new Places(uploadsAtOnce);
    }

    @Override
    @Blocking
    public void findMissingBlobs(FindMissingBlobsRequest request, StreamObserver<FindMissingBlobsResponse> observer) {
        rpc.unary(
                request,
                observer,
                () -> FindMissingBlobsResponse.newBuilder()
                        .addAllMissingSha256(bases.missing(request.getParent(), request.getSha256List()))
                        .build());
    }

    @Override
    public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> observer) {
        return rpc.upload(observer, uploads, (UploadStream<UploadBlobRequest> upload) -> {
            UploadBlobRequest first = upload.next()
                    .filter(UploadBlobRequest::hasFile)
                    .orElseThrow(() -> ApiException.invalidField("file", "is required as the first part"));
            return UploadBlobResponse.newBuilder()
                    .setFile(bases.upload(first.getParent(), first.getFile(), new ReceivedBytes(() -> data(upload))))
                    .build();
        });
    }

    @Override
    public void createBase(CreateBaseRequest request, StreamObserver<Base> observer) {
        rpc.unary(request, observer, checks, () -> bases.create(request));
    }

    @Override
    @Blocking
    public void getBase(GetBaseRequest request, StreamObserver<Base> observer) {
        rpc.unary(request, observer, () -> bases.get(request.getName()));
    }

    @Override
    @Blocking
    public void listBases(ListBasesRequest request, StreamObserver<ListBasesResponse> observer) {
        rpc.unary(request, observer, () -> {
            Page page = Page.of(request.getPageSize(), request.getPageToken());
            Page.Rows<Base> found = page.fit(bases.list(request.getParent(), page), Base::getSerializedSize);
            return ListBasesResponse.newBuilder()
                    .addAllBases(found.shown())
                    .setNextPageToken(found.nextToken(Base::getName))
                    .build();
        });
    }

    @Override
    @Blocking
    public void deleteBase(DeleteBaseRequest request, StreamObserver<Base> observer) {
        rpc.unary(request, observer, () -> bases.delete(request));
    }

    @Override
    public void downloadBaseFile(DownloadBaseFileRequest request, StreamObserver<FileChunk> observer) {
        rpc.watch(
                request,
                observer,
                () -> new FileChunks(
                        blobs, bases.file(request.getName(), request.getPath()), request.getOffset(), () -> {}));
    }

    private static Optional<ByteString> data(UploadStream<UploadBlobRequest> upload) throws IOException {
        Optional<UploadBlobRequest> part = upload.next();
        if (part.isPresent() && !part.get().hasData()) {
            throw ApiException.invalidField("data", "is required in every part after the first");
        }
        return part.map(UploadBlobRequest::getData);
    }
}
