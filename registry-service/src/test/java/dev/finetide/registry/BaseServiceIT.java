package dev.finetide.registry;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.finetide.blobs.Sha256;
import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.DownloadBaseFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.FindMissingBlobsRequest;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.ListBasesRequest;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import dev.finetide.proto.project.v1.CreateProjectRequest;
import dev.finetide.proto.project.v1.ProjectLimits;
import dev.finetide.proto.project.v1.ProjectServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The base service as its clients see it, on a real blob directory.
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "registry"))
class BaseServiceIT {
    private static final int TENSOR = 5 << 20;
    private static final int VOCAB = TENSOR / 32;

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private final String baseId = "b" + UUID.randomUUID().toString().substring(0, 8);
    private ManagedChannel channel;

    @TestHTTPResource("/q/health/live")
    URI health;

    @BeforeEach
    void connect() {
        channel = TestCallers.channel(port);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    private BaseServiceGrpc.BaseServiceBlockingStub bases() {
        return BaseServiceGrpc.newBlockingStub(channel).withDeadlineAfter(3, TimeUnit.MINUTES);
    }

    private static Map<String, byte[]> aModel(long seed) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(
                "config.json",
                BasesTest.bytes(Safetensors.config(VOCAB).replaceFirst("\\{", "{\"seed\":" + seed + ",")));
        files.put("tokenizer.json", BasesTest.bytes("{}"));
        byte[] weights = Safetensors.weights(VOCAB);
        byte[] random = new byte[TENSOR];
        new Random(seed).nextBytes(random);
        System.arraycopy(random, 0, weights, weights.length - TENSOR, TENSOR);
        files.put("model.safetensors", weights);
        return files;
    }

    private static BlobFile announced(String path, byte[] content) {
        return BlobFile.newBuilder()
                .setPath(path)
                .setSizeBytes(content.length)
                .setSha256(HexFormat.of().formatHex(Sha256.newDigest().digest(content)))
                .build();
    }

    private BlobFile upload(BlobFile announced, byte[] content) {
        return upload("projects/default", announced, content);
    }

    private BlobFile upload(String project, BlobFile announced, byte[] content) {
        CompletableFuture<BlobFile> answer = new CompletableFuture<>();
        StreamObserver<UploadBlobRequest> call = BaseServiceGrpc.newStub(channel)
                .withDeadlineAfter(3, TimeUnit.MINUTES)
                .uploadBlob(new StreamObserver<>() {
                    @Override
                    public void onNext(UploadBlobResponse response) {
                        answer.complete(response.getFile());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        answer.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        // The service has answered already.
                    }
                });
        call.onNext(UploadBlobRequest.newBuilder()
                .setParent(project)
                .setFile(announced)
                .build());
        for (int from = 0; from < content.length; from += 1 << 20) {
            int length = Math.min(1 << 20, content.length - from);
            call.onNext(UploadBlobRequest.newBuilder()
                    .setData(ByteString.copyFrom(content, from, length))
                    .build());
        }
        call.onCompleted();
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw (StatusRuntimeException) e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Test
    void aProjectsOwnLimitCountsOnceItsEventHasCome() {
        String project = "projects/" + baseId;
        ProjectServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(3, TimeUnit.MINUTES)
                .createProject(CreateProjectRequest.newBuilder()
                        .setName(project)
                        .setLimits(ProjectLimits.newBuilder().setBaseBytes(1_000))
                        .build());
        BlobFile large = announced("a.json", new byte[2_000]);
        // Other bytes than announced: until the limit is known the file is refused as well, and counts for nothing.
        byte[] others = "x".repeat(2_000).getBytes(StandardCharsets.US_ASCII);
        StatusRuntimeException refusal = await().until(
                        () -> catchThrowableOfType(StatusRuntimeException.class, () -> upload(project, large, others)),
                        answer -> GrpcErrors.hasReason(answer, ErrorReason.QUOTA_EXCEEDED));
        assertThat(GrpcErrors.metadata(refusal, "allowed")).contains("1000");
        upload(project, announced("b.json", new byte[1_000]), new byte[1_000]);
    }

    private int answer(HttpRequest.Builder request) throws Exception {
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return http.send(request.build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    @Test
    void anHttpRequestIsSmall() throws Exception {
        assertThat(answer(HttpRequest.newBuilder(health).header("x-small", "x".repeat(8_000))))
                .isEqualTo(200);
        assertThat(answer(HttpRequest.newBuilder(health).header("x-large", "x".repeat(20_000))))
                .isEqualTo(431);
        assertThat(answer(HttpRequest.newBuilder(health.resolve("?" + "x".repeat(3_000)))))
                .isEqualTo(414);
        try {
            assertThat(answer(HttpRequest.newBuilder(health)
                            .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[20_000]))))
                    .isEqualTo(413);
        } catch (IOException closed) {
            // The service has closed the connection while the body was still being sent.
            assertThat(closed)
                    .satisfiesAnyOf(
                            sending -> assertThat(sending).hasStackTraceContaining("Broken pipe"),
                            reset -> assertThat(reset).hasStackTraceContaining("Connection reset"));
        }
        assertThat(answer(HttpRequest.newBuilder(health))).isEqualTo(200);
    }

    private Base create(Map<String, byte[]> files) {
        CreateBaseRequest.Builder request =
                CreateBaseRequest.newBuilder().setParent("projects/default").setBaseId(baseId);
        files.forEach((path, content) -> request.addFiles(announced(path, content)));
        return bases().createBase(request.build());
    }

    private byte[] download(Base base, String path, long offset) {
        Iterator<FileChunk> chunks = bases().downloadBaseFile(DownloadBaseFileRequest.newBuilder()
                .setName(base.getName())
                .setPath(path)
                .setOffset(offset)
                .build());
        ByteString bytes = ByteString.EMPTY;
        while (chunks.hasNext()) {
            bytes = bytes.concat(chunks.next().getData());
        }
        return bytes.toByteArray();
    }

    @Test
    void filesAreUploadedOnceNamedAndReadBack() {
        // Given
        Map<String, byte[]> files = aModel(1);
        FindMissingBlobsRequest.Builder digests =
                FindMissingBlobsRequest.newBuilder().setParent("projects/default");
        files.forEach(
                (path, content) -> digests.addSha256(announced(path, content).getSha256()));
        assertThat(bases().findMissingBlobs(digests.build()).getMissingSha256List())
                .hasSizeGreaterThanOrEqualTo(2);

        // When
        files.forEach((path, content) -> upload(announced(path, content), content));
        Base base = create(files);

        // Then
        assertThat(bases().findMissingBlobs(digests.build()).getMissingSha256List())
                .isEmpty();
        assertThat(create(files)).isEqualTo(base);
        assertThat(bases().getBase(GetBaseRequest.newBuilder()
                        .setName(base.getName())
                        .build()))
                .isEqualTo(base);
        assertThat(bases().listBases(ListBasesRequest.newBuilder()
                                .setParent("projects/default")
                                .setPageSize(1000)
                                .build())
                        .getBasesList())
                .contains(base);
        byte[] weights = files.get("model.safetensors");
        assertThat(download(base, "model.safetensors", 0)).isEqualTo(weights);
        assertThat(download(base, "model.safetensors", 3_000_001))
                .isEqualTo(Arrays.copyOfRange(weights, 3_000_001, weights.length));
        assertThat(download(base, "model.safetensors", weights.length)).isEmpty();
    }

    @Test
    void otherFilesUnderTheSameNameAreRefused() {
        Map<String, byte[]> files = aModel(2);
        files.forEach((path, content) -> upload(announced(path, content), content));
        create(files);
        Map<String, byte[]> other = aModel(3);
        other.forEach((path, content) -> upload(announced(path, content), content));

        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, () -> create(other));

        assertThat(GrpcErrors.hasReason(failure, ErrorReason.RESOURCE_EXISTS)).isTrue();
    }

    @Test
    void anotherProjectNeitherSeesNorNamesAFileByItsDigest() {
        Map<String, byte[]> files = aModel(4);
        files.forEach((path, content) -> upload(announced(path, content), content));
        create(files);
        FindMissingBlobsRequest.Builder digests =
                FindMissingBlobsRequest.newBuilder().setParent("projects/other");
        CreateBaseRequest.Builder theft =
                CreateBaseRequest.newBuilder().setParent("projects/other").setBaseId(baseId);
        files.forEach((path, content) -> {
            digests.addSha256(announced(path, content).getSha256());
            theft.addFiles(announced(path, content));
        });

        StatusRuntimeException refused =
                catchThrowableOfType(StatusRuntimeException.class, () -> bases().createBase(theft.build()));

        assertThat(GrpcErrors.hasReason(refused, ErrorReason.RESOURCE_NOT_FOUND))
                .isTrue();
        assertThat(bases().findMissingBlobs(digests.build()).getMissingSha256List())
                .isEqualTo(digests.getSha256List());
    }

    @Test
    void bytesOtherThanAnnouncedAreRefused() {
        byte[] content = BasesTest.bytes("{}");
        BlobFile wrong = announced("config.json", content).toBuilder()
                .setSha256("0".repeat(64))
                .build();

        StatusRuntimeException failure =
                catchThrowableOfType(StatusRuntimeException.class, () -> upload(wrong, content));

        assertThat(GrpcErrors.hasReason(failure, ErrorReason.DIGEST_MISMATCH)).isTrue();
        assertThat(bases().findMissingBlobs(FindMissingBlobsRequest.newBuilder()
                                .setParent("projects/default")
                                .addSha256("0".repeat(64))
                                .build())
                        .getMissingSha256List())
                .hasSize(1);
    }
}
