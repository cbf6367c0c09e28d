package dev.finetide.kit.rpc;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.kit.limit.Slots;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.DownloadBaseFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tests the funnel behind a real gRPC server.
class RpcStreamsTest {
    private static final String BASE = "projects/default/bases/tiny";

    private static final Context.Key<String> CALLER = Context.key("caller");

    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Stopping stopping = new Stopping();
    private final RpcFunnel rpc = new RpcFunnel(new RequestRules(), meters, stopping, new Slots(TestLimits.none()));
    private final Places places = new Places(1);
    private volatile Callable<WatchSource<FileChunk>> watched = () -> new Endless();
    private volatile UploadStream.Work<UploadBlobRequest, UploadBlobResponse> uploaded = RpcStreamsTest::readAll;
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(new Bases())
                .intercept(new CalledMethod(stopping))
                .intercept(new Caller())
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

    private final class Bases extends BaseServiceGrpc.BaseServiceImplBase {
        @Override
        public void getBase(GetBaseRequest request, StreamObserver<Base> observer) {
            rpc.unary(
                    request,
                    observer,
                    () -> Base.newBuilder().setName(CALLER.get()).build());
        }

        @Override
        public void downloadBaseFile(DownloadBaseFileRequest request, StreamObserver<FileChunk> observer) {
            rpc.watch(request, observer, () -> watched.call());
        }

        @Override
        public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> observer) {
            return rpc.upload(observer, places, upload -> uploaded.answer(upload));
        }
    }

    /// Puts a value into gRPC's context, as a check of identity would.
    private static final class Caller implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            return Contexts.interceptCall(Context.current().withValue(CALLER, "somebody"), call, headers, next);
        }
    }

    /// Gives one value, then waits for ever.
    private static class Endless implements WatchSource<FileChunk> {
        final AtomicBoolean interrupted = new AtomicBoolean();
        final AtomicBoolean closed = new AtomicBoolean();
        private final AtomicInteger given = new AtomicInteger();

        @Override
        public boolean hasNext() {
            try {
                if (given.get() > 0) {
                    new CountDownLatch(1).await();
                }
                return true;
            } catch (InterruptedException e) {
                interrupted.set(true);
                Thread.currentThread().interrupt();
                return false;
            }
        }

        @Override
        public FileChunk next() {
            given.incrementAndGet();
            return chunk(Optional.ofNullable(CALLER.get()).orElse("nobody"));
        }

        @Override
        public void close() {
            closed.set(!Thread.currentThread().isInterrupted());
        }
    }

    private static FileChunk chunk(String text) {
        return FileChunk.newBuilder().setData(ByteString.copyFromUtf8(text)).build();
    }

    private static UploadBlobResponse readAll(UploadStream<UploadBlobRequest> upload) throws IOException {
        while (upload.next().isPresent()) {
            assertThat(CALLER.get()).isEqualTo("somebody");
        }
        return UploadBlobResponse.getDefaultInstance();
    }

    private static UploadBlobRequest part() {
        return UploadBlobRequest.newBuilder()
                .setData(ByteString.copyFromUtf8("bytes"))
                .build();
    }

    private double refusals(String method, String reason) {
        return meters.find("finetide.rpc.refusals").tags("method", method, "reason", reason).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private BaseServiceGrpc.BaseServiceBlockingStub blocking() {
        return BaseServiceGrpc.newBlockingStub(channel);
    }

    /// The client of an upload.
    static final class Uploading implements StreamObserver<UploadBlobResponse> {
        final CountDownLatch done = new CountDownLatch(1);
        private final List<UploadBlobResponse> answers = Collections.synchronizedList(new ArrayList<>());
        private volatile Status status = Status.UNKNOWN;
        private volatile StatusRuntimeException failure;

        @Override
        public void onNext(UploadBlobResponse answer) {
            answers.add(answer);
        }

        @Override
        public void onError(Throwable problem) {
            failure = (StatusRuntimeException) problem;
            status = failure.getStatus();
            done.countDown();
        }

        @Override
        public void onCompleted() {
            status = Status.OK;
            done.countDown();
        }

        Status.Code end() throws InterruptedException {
            assertThat(done.await(3, TimeUnit.MINUTES)).isTrue();
            return status.getCode();
        }
    }

    @Test
    void allThreeKindsOfCallsWorkInTheCallersContext() throws InterruptedException {
        assertThat(blocking()
                        .getBase(GetBaseRequest.newBuilder().setName(BASE).build())
                        .getName())
                .isEqualTo("somebody");
        Iterator<FileChunk> chunks = blocking()
                .downloadBaseFile(
                        DownloadBaseFileRequest.newBuilder().setName(BASE).build());
        assertThat(chunks.next()).isEqualTo(chunk("somebody"));
        Uploading client = new Uploading();
        StreamObserver<UploadBlobRequest> upload =
                BaseServiceGrpc.newStub(channel).uploadBlob(client);
        upload.onNext(part());
        upload.onCompleted();
        assertThat(client.end()).isEqualTo(Status.Code.OK);
    }

    @Test
    void aWatchEndsAtTheCallersDeadlineAndItsThreadIsWoken() {
        // Given
        Endless source = new Endless();
        watched = () -> source;
        // When
        Iterator<FileChunk> chunks = blocking()
                .withDeadline(Deadline.after(1, TimeUnit.SECONDS))
                .downloadBaseFile(
                        DownloadBaseFileRequest.newBuilder().setName(BASE).build());
        StatusRuntimeException failure =
                catchThrowableOfType(StatusRuntimeException.class, () -> chunks.forEachRemaining(_ -> {}));
        // Then
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        await().untilTrue(source.interrupted);
        await().untilAsserted(() -> assertThat(source.closed)
                .as("closed by a thread that is no longer interrupted")
                .isTrue());
    }

    @Test
    void aClientThatLeavesAWatchEndsItAndIsNotRefused() {
        Endless source = new Endless();
        watched = () -> source;
        try (Context.CancellableContext client = Context.current().withCancellation()) {
            client.run(() -> blocking()
                    .downloadBaseFile(
                            DownloadBaseFileRequest.newBuilder().setName(BASE).build())
                    .next());
        }
        await().untilTrue(source.closed);
        assertThat(meters.find("finetide.rpc.refusals").counters()).isEmpty();
    }

    @Test
    void anUploadThatStandsStillEndsAtTheCallersDeadline() throws InterruptedException {
        // Given
        CountDownLatch ended = new CountDownLatch(1);
        AtomicBoolean clean = new AtomicBoolean();
        uploaded = upload -> {
            try {
                return readAll(upload);
            } finally {
                clean.set(!Thread.currentThread().isInterrupted());
                ended.countDown();
            }
        };
        Uploading client = new Uploading();
        // The first call of a process is slow: it could miss the deadline before its work begins.
        blocking().getBase(GetBaseRequest.newBuilder().setName(BASE).build());
        // When
        StreamObserver<UploadBlobRequest> upload = BaseServiceGrpc.newStub(channel)
                .withDeadline(Deadline.after(1, TimeUnit.SECONDS))
                .uploadBlob(client);
        upload.onNext(part());
        // Then
        assertThat(client.end()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(ended.await(3, TimeUnit.MINUTES)).isTrue();
        assertThat(clean).as("it can clean up").isTrue();
    }

    @Test
    void anUploadThatWaitsForAPlaceLeavesTheQueueWithItsClient() throws InterruptedException {
        // Given
        Places.Place held = places.enter();
        Uploading client = new Uploading();
        BaseServiceGrpc.newStub(channel)
                .withDeadline(Deadline.after(1, TimeUnit.SECONDS))
                .uploadBlob(client);
        // When
        assertThat(client.end()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        await().until(() -> places.waiting() == 0);
        held.close();
        // Then
        Uploading next = new Uploading();
        BaseServiceGrpc.newStub(channel).uploadBlob(next).onCompleted();
        assertThat(next.end()).isEqualTo(Status.Code.OK);
        assertThat(places.free()).isEqualTo(1);
    }

    @Test
    void theWorkOfAnUploadSeesAClientThatLeftBeforeItBegan() throws InterruptedException {
        // Given
        places.enter();
        CountDownLatch broken = new CountDownLatch(1);
        uploaded = upload -> {
            try {
                return readAll(upload);
            } catch (IOException gone) {
                broken.countDown();
                throw gone;
            }
        };
        StreamObserver<UploadBlobRequest> upload =
                BaseServiceGrpc.newStub(channel).uploadBlob(new Uploading());
        upload.onNext(part());
        // A client that cancels at once may do so before the server has seen its call.
        await().until(() -> places.waiting() > 0);
        // When
        upload.onError(new IllegalStateException("the client leaves"));
        // Then
        assertThat(broken.await(3, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void eachMessageOfAnUploadIsChecked() throws InterruptedException {
        Uploading client = new Uploading();
        StreamObserver<UploadBlobRequest> upload =
                BaseServiceGrpc.newStub(channel).uploadBlob(client);
        upload.onNext(part());
        upload.onNext(part().toBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                999,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build());
        assertThat(client.end()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(GrpcErrors.hasReason(client.failure, ErrorReason.UNKNOWN_SETTING))
                .isTrue();
        assertThat(refusals("UploadBlob", "UNKNOWN_SETTING")).isEqualTo(1);
    }

    @Test
    void whatAWatchThrowsIsMappedAsForEveryCall() {
        watched = () -> {
            throw new StackOverflowError("on purpose");
        };
        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> blocking()
                        .downloadBaseFile(DownloadBaseFileRequest.newBuilder()
                                .setName(BASE)
                                .build())
                        .next());
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(refusals("DownloadBaseFile", "INTERNAL_ERROR")).isEqualTo(1);
    }
}
