package dev.finetide.kit.rpc;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.finetide.kit.auth.CalledProject;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Slots;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.DownloadBaseFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tests that a project's streams and uploads are counted, and that each end of one frees its slot,
/// behind a real gRPC server.
class ProjectSlotsTest {
    private static final Metadata.Key<String> PROJECT =
            Metadata.Key.of("test-project", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> WORKER = Metadata.Key.of("test-worker", Metadata.ASCII_STRING_MARSHALLER);
    private static final int ALLOWED = 3;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Slots slots = new Slots(new TestLimits()
            .setting(Limit.PARALLEL_STREAMS, ALLOWED)
            .setting(Limit.PARALLEL_UPLOADS, ALLOWED)
            .build());
    private final Stopping stopping = new Stopping();
    private final RpcFunnel rpc = new RpcFunnel(new RequestRules(), meters, stopping, slots);
    private final Places places = new Places(2);
    private Server server;
    private ManagedChannel channel;

    /// How a call ends. The name of the called base says it to the server.
    private enum Ending {
        SERVED,
        LEFT,
        DEADLINE,
        REFUSED_AT_THE_BEGINNING,
        REFUSED_LATER,
        HALF_CLOSED,
        BAD_MESSAGE
    }

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(new Bases())
                .intercept(new Named())
                .intercept(new CalledMethod(stopping))
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow();
        server.shutdownNow().awaitTermination();
    }

    /// Puts the project of a header into the context, as the check of rights does with that of the
    /// request.
    private static final class Named implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            Context named = CalledProject.in(Context.current(), headers.get(PROJECT));
            Identity.Kind kind = headers.containsKey(WORKER) ? Identity.Kind.WORKER : Identity.Kind.USER;
            return Contexts.interceptCall(
                    new Identity("alice", "tokens-file", kind, Map.of()).in(named), call, headers, next);
        }
    }

    private final class Bases extends BaseServiceGrpc.BaseServiceImplBase {
        @Override
        public void downloadBaseFile(DownloadBaseFileRequest request, StreamObserver<FileChunk> observer) {
            rpc.watch(request, observer, () -> new Source(Ending.valueOf(request.getPath())));
        }

        @Override
        public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> observer) {
            return rpc.upload(observer, places, upload -> {
                int parts = 0;
                while (upload.next().isPresent()) {
                    if (++parts == 2) {
                        throw ApiException.notFound("the work fails");
                    }
                }
                return UploadBlobResponse.getDefaultInstance();
            });
        }
    }

    /// Gives one chunk, and ends as it is told, or never.
    private static final class Source implements WatchSource<FileChunk> {
        private final Ending ending;
        private int given;

        Source(Ending ending) {
            this.ending = ending;
            if (ending == Ending.REFUSED_AT_THE_BEGINNING) {
                throw ApiException.notFound("cannot be opened");
            }
        }

        @Override
        public boolean hasNext() {
            if (given == 0) {
                return true;
            }
            switch (ending) {
                case SERVED, HALF_CLOSED, BAD_MESSAGE -> {
                    return false;
                }
                case REFUSED_LATER -> throw ApiException.notFound("breaks");
                default -> {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException over) {
                        Thread.currentThread().interrupt();
                    }
                    return false;
                }
            }
        }

        @Override
        public FileChunk next() {
            given++;
            return FileChunk.newBuilder().setData(ByteString.copyFromUtf8("x")).build();
        }
    }

    /// The client of one call.
    private static final class Client<Q, A> implements ClientResponseObserver<Q, A> {
        private final CountDownLatch ended = new CountDownLatch(1);
        private final CountDownLatch answered = new CountDownLatch(1);
        private final AtomicReference<StatusRuntimeException> failure = new AtomicReference<>();
        private ClientCallStreamObserver<Q> call;

        @Override
        public void beforeStart(ClientCallStreamObserver<Q> begun) {
            call = begun;
        }

        @Override
        public void onNext(A answer) {
            answered.countDown();
        }

        @Override
        public void onError(Throwable problem) {
            failure.set((StatusRuntimeException) problem);
            ended.countDown();
        }

        @Override
        public void onCompleted() {
            ended.countDown();
        }

        String end() throws InterruptedException {
            assertThat(ended.await(3, TimeUnit.MINUTES)).isTrue();
            return failure.get() == null ? "OK" : GrpcErrors.reason(failure.get());
        }
    }

    private BaseServiceGrpc.BaseServiceStub as(String project) {
        Metadata headers = new Metadata();
        headers.put(PROJECT, "projects/" + project + "/bases/tiny");
        return BaseServiceGrpc.newStub(channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private Client<DownloadBaseFileRequest, FileChunk> watches(BaseServiceGrpc.BaseServiceStub stub, Ending ending) {
        Client<DownloadBaseFileRequest, FileChunk> client = new Client<>();
        BaseServiceGrpc.BaseServiceStub timed =
                ending == Ending.DEADLINE ? stub.withDeadlineAfter(200, TimeUnit.MILLISECONDS) : stub;
        timed.downloadBaseFile(
                DownloadBaseFileRequest.newBuilder()
                        .setName("projects/default/bases/tiny")
                        .setPath(ending.name())
                        .build(),
                client);
        return client;
    }

    private Client<UploadBlobRequest, UploadBlobResponse> uploads(BaseServiceGrpc.BaseServiceStub stub, Ending ending) {
        Client<UploadBlobRequest, UploadBlobResponse> client = new Client<>();
        BaseServiceGrpc.BaseServiceStub timed =
                ending == Ending.DEADLINE ? stub.withDeadlineAfter(200, TimeUnit.MILLISECONDS) : stub;
        StreamObserver<UploadBlobRequest> upload = timed.uploadBlob(client);
        if (ending == Ending.REFUSED_AT_THE_BEGINNING) {
            upload.onNext(part(2_000_000)); // more than a message may have
        } else if (ending == Ending.BAD_MESSAGE) {
            upload.onNext(UploadBlobRequest.newBuilder()
                    .setParent("no project")
                    .setData(ByteString.copyFromUtf8("x"))
                    .build());
        } else {
            upload.onNext(part(10));
        }
        if (ending == Ending.REFUSED_LATER) {
            upload.onNext(part(10));
        }
        if (ending == Ending.SERVED || ending == Ending.HALF_CLOSED) {
            upload.onCompleted();
        }
        return client;
    }

    private static UploadBlobRequest part(int bytes) {
        return UploadBlobRequest.newBuilder()
                .setParent("projects/default")
                .setData(ByteString.copyFrom(new byte[bytes]))
                .build();
    }

    private void awaitFree(Limit limit, String project) {
        await().untilAsserted(() -> assertThat(slots.taken(limit, project)).isZero());
    }

    @Test
    void eachEndOfAStreamAndOfAnUploadFreesItsSlot() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Client<?, ?>> clients = new ArrayList<>();
        Ending[] endings = Ending.values();
        for (int i = 0; i < 200; i++) {
            Ending ending = endings[random.nextInt(endings.length)];
            BaseServiceGrpc.BaseServiceStub stub = as("p" + random.nextInt(3));
            Client<?, ?> client = random.nextBoolean() ? watches(stub, ending) : uploads(stub, ending);
            if (ending == Ending.LEFT) {
                if (random.nextBoolean()) {
                    client.answered.await(20, TimeUnit.MILLISECONDS);
                }
                client.call.cancel("the client leaves", null);
            }
            clients.add(client);
        }
        for (Client<?, ?> client : clients) {
            client.end();
        }
        for (int project = 0; project < 3; project++) {
            awaitFree(Limit.PARALLEL_STREAMS, "p" + project);
            awaitFree(Limit.PARALLEL_UPLOADS, "p" + project);
        }
        await().untilAsserted(() -> assertThat(places.free()).isEqualTo(2));
        assertThat(watches(as("p0"), Ending.SERVED).end()).isEqualTo("OK");
    }

    @Test
    void aProjectHasSoManyStreamsAndOthersHaveTheirOwn() throws InterruptedException {
        List<Client<?, ?>> held = new ArrayList<>();
        for (int i = 0; i < ALLOWED; i++) {
            Client<?, ?> client = watches(as("research"), Ending.LEFT);
            assertThat(client.answered.await(3, TimeUnit.MINUTES)).isTrue();
            held.add(client);
        }
        Client<?, ?> oneMore = watches(as("research"), Ending.SERVED);
        assertThat(oneMore.end()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(oneMore.failure.get().getStatus().getDescription())
                .isEqualTo("projects/research has 3 streams at once, and may have 3: try again when there are fewer");
        assertThat(watches(as("default"), Ending.SERVED).end()).isEqualTo("OK");
        assertThat(uploads(as("research"), Ending.SERVED).end()).isEqualTo("OK");
        assertThat(meters.get("finetide.limit.refusals")
                        .tags("limit", "parallel_streams", "method", "DownloadBaseFile")
                        .counter()
                        .count())
                .isEqualTo(1);

        held.getFirst().call.cancel("the client leaves", null);
        await().untilAsserted(() ->
                assertThat(watches(as("research"), Ending.SERVED).end()).isEqualTo("OK"));
    }

    @Test
    void anUploadThatWaitsForAPlaceCounts() throws InterruptedException {
        for (int i = 0; i < ALLOWED; i++) {
            uploads(as("research"), Ending.LEFT);
        }
        await().until(() -> slots.taken(Limit.PARALLEL_UPLOADS, "research") == ALLOWED);
        assertThat(uploads(as("research"), Ending.SERVED).end()).isEqualTo("QUOTA_EXCEEDED");
    }

    @Test
    void aWorkerIsNotKeptFromReadingByItsProjectsUsers() throws InterruptedException {
        for (int i = 0; i < ALLOWED; i++) {
            watches(as("research"), Ending.LEFT);
        }
        await().until(() -> slots.taken(Limit.PARALLEL_STREAMS, "research") == ALLOWED);
        Metadata worker = new Metadata();
        worker.put(WORKER, "yes");
        assertThat(watches(
                                as("research").withInterceptors(MetadataUtils.newAttachHeadersInterceptor(worker)),
                                Ending.SERVED)
                        .end())
                .isEqualTo("OK");
    }
}
