package dev.finetide.cli.platform;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.DownloadModelFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ListModelVersionsRequest;
import dev.finetide.proto.model.v1.ListModelVersionsResponse;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceImplBase;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ReviewModelVersionRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Stand-in for the model service, with versions and files in memory. Can cut downloads and send wrong bytes.
public final class Models extends ModelServiceImplBase {
    private static final int CHUNK_BYTES = 1000;

    public final Map<String, ModelVersion> versions = new ConcurrentHashMap<>();
    public final Map<String, ByteString> sent = new ConcurrentHashMap<>();
    /// Number of downloads that end with UNAVAILABLE after one chunk.
    public final AtomicInteger cuts = new AtomicInteger();
    /// Whether downloads send one chunk and then stay silent.
    public volatile boolean stalled;

    public ModelVersion add(String name, String run, ModelVersion.State state, Map<String, ByteString> files) {
        List<BlobFile> listed = files.entrySet().stream().map(Models::listed).toList();
        ModelVersion version = ModelVersion.newBuilder()
                .setName(name)
                .setKind(ModelKind.ADAPTER)
                .setState(state)
                .setTrainingRun(run)
                .addAllFiles(listed)
                .setDigest(Registry.digest(listed))
                .build();
        versions.put(name, version);
        sent.putAll(files);
        return version;
    }

    private static BlobFile listed(Entry<String, ByteString> file) {
        return BlobFile.newBuilder()
                .setPath(file.getKey())
                .setSizeBytes(file.getValue().size())
                .setSha256(Registry.sha256(file.getValue()))
                .build();
    }

    @Override
    public void getModelVersion(GetModelVersionRequest request, StreamObserver<ModelVersion> answer) {
        String name = request.getName().replaceAll("/(latest|approved)$", "/1");
        ModelVersion version = versions.get(name);
        if (version == null) {
            answer.onError(Refusals.notFound(request.getName()));
            return;
        }
        answer.onNext(version);
        answer.onCompleted();
    }

    @Override
    public void listModelVersions(ListModelVersionsRequest request, StreamObserver<ListModelVersionsResponse> answer) {
        answer.onNext(ListModelVersionsResponse.newBuilder()
                .addAllModelVersions(versions.values().stream()
                        .filter(version -> request.getTrainingRun().isEmpty()
                                || version.getTrainingRun().equals(request.getTrainingRun()))
                        .toList())
                .build());
        answer.onCompleted();
    }

    @Override
    public void approveModelVersion(ReviewModelVersionRequest request, StreamObserver<ModelVersion> answer) {
        ModelVersion version = versions.get(request.getName());
        if (version.getState() != ModelVersion.State.PENDING_APPROVAL) {
            answer.onError(Refusals.refusal(
                    Code.FAILED_PRECONDITION,
                    "ILLEGAL_STATE",
                    "cannot approve " + request.getName() + ": it is " + version.getState()));
            return;
        }
        ModelVersion approved =
                version.toBuilder().setState(ModelVersion.State.APPROVED).build();
        versions.put(request.getName(), approved);
        answer.onNext(approved);
        answer.onCompleted();
    }

    @Override
    public void downloadModelFile(DownloadModelFileRequest request, StreamObserver<FileChunk> answer) {
        ModelVersion version = versions.get(request.getName());
        if (version.getState() != ModelVersion.State.APPROVED) {
            answer.onError(Refusals.refusal(
                    Code.FAILED_PRECONDITION,
                    "NOT_APPROVED",
                    request.getName() + " is " + version.getState() + ", only approved versions are served"));
            return;
        }
        ByteString rest = sent.get(request.getPath()).substring((int) request.getOffset());
        while (!rest.isEmpty()) {
            int size = Math.min(CHUNK_BYTES, rest.size());
            answer.onNext(
                    FileChunk.newBuilder().setData(rest.substring(0, size)).build());
            rest = rest.substring(size);
            if (stalled) {
                return;
            }
            if (cuts.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                answer.onError(Status.UNAVAILABLE.asRuntimeException());
                return;
            }
        }
        answer.onCompleted();
    }
}
