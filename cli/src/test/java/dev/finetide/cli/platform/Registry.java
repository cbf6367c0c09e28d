package dev.finetide.cli.platform;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceImplBase;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.FindMissingBlobsRequest;
import dev.finetide.proto.model.v1.FindMissingBlobsResponse;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Stand-in for the base service, with bases and blobs in memory.
public final class Registry extends BaseServiceImplBase {
    public final List<String> uploaded = new CopyOnWriteArrayList<>();
    private final Map<String, ByteString> blobs = new ConcurrentHashMap<>();
    private final Map<String, Base> bases = new ConcurrentHashMap<>();

    public static String sha256(ByteString bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String digest(List<BlobFile> files) {
        StringBuilder lines = new StringBuilder();
        files.stream()
                .sorted(Comparator.comparing(BlobFile::getPath))
                .forEach(file -> lines.append(file.getSha256())
                        .append("  ")
                        .append(file.getPath())
                        .append('\n'));
        return sha256(ByteString.copyFrom(lines.toString(), StandardCharsets.UTF_8));
    }

    @Override
    public void findMissingBlobs(FindMissingBlobsRequest request, StreamObserver<FindMissingBlobsResponse> answer) {
        answer.onNext(FindMissingBlobsResponse.newBuilder()
                .addAllMissingSha256(request.getSha256List().stream()
                        .filter(sha256 -> !blobs.containsKey(sha256))
                        .toList())
                .build());
        answer.onCompleted();
    }

    @Override
    public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> answer) {
        return new StreamObserver<>() {
            private final List<ByteString> chunks = new ArrayList<>();
            private BlobFile file = BlobFile.getDefaultInstance();

            @Override
            public void onNext(UploadBlobRequest part) {
                if (part.hasFile()) {
                    file = part.getFile();
                } else {
                    chunks.add(part.getData());
                }
            }

            @Override
            public void onError(Throwable broken) {}

            @Override
            public void onCompleted() {
                ByteString bytes = ByteString.copyFrom(chunks);
                if (!sha256(bytes).equals(file.getSha256())) {
                    answer.onError(Refusals.refusal(
                            Code.INVALID_ARGUMENT, "DIGEST_MISMATCH", file.getPath() + ": SHA-256 differs"));
                    return;
                }
                blobs.put(file.getSha256(), bytes);
                uploaded.add(file.getPath());
                answer.onNext(UploadBlobResponse.newBuilder().setFile(file).build());
                answer.onCompleted();
            }
        };
    }

    @Override
    public void createBase(CreateBaseRequest request, StreamObserver<Base> answer) {
        Base base = Base.newBuilder()
                .setName(request.getParent() + "/bases/" + request.getBaseId())
                .addAllFiles(request.getFilesList())
                .setDigest(digest(request.getFilesList()))
                .setModelType("llama")
                .setOrigin(request.getOrigin())
                .build();
        Base there = bases.putIfAbsent(base.getName(), base);
        if (there != null && !there.getDigest().equals(base.getDigest())) {
            answer.onError(
                    Refusals.refusal(Code.ALREADY_EXISTS, "RESOURCE_EXISTS", base.getName() + " has other files"));
            return;
        }
        answer.onNext(base);
        answer.onCompleted();
    }

    @Override
    public void getBase(GetBaseRequest request, StreamObserver<Base> answer) {
        Base base = bases.get(request.getName());
        if (base == null) {
            answer.onError(Refusals.notFound(request.getName()));
            return;
        }
        answer.onNext(base);
        answer.onCompleted();
    }
}
