package dev.finetide.kit.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import dev.finetide.proto.model.v1.DownloadBaseFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tests the funnel behind a real gRPC server.
class RpcStreamsTest {
    private static final String BASE = "projects/default/bases/tiny";

    private static final Context.Key<String> CALLER = Context.key("caller");

    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Stopping stopping = new Stopping();
    private final RpcFunnel rpc = new RpcFunnel(new RequestRules(), meters, stopping);
    private final Places places = new Places(1, Duration.ofSeconds(1));
    private volatile Callable<WatchSource<FileChunk>> watched = () -> new Endless();
    private volatile UploadStream.Work<UploadBlobRequest, UploadBlobResponse> uploaded = RpcStreamsTest::readAll;
    private volatile Callable<Base> worked =
            () -> Base.newBuilder().setName(CALLER.get()).build();
    private final UnsentRequests unsent = new UnsentRequests(Duration.ofSeconds(1), 100_000);
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0));
        ServerLimits.limit(builder, unsent);
        server = builder.addService(new Bases())
                .intercept(new CalledMethod(stopping))
                .intercept(unsent)
                .intercept(new CallerName())
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
        public void deleteBase(DeleteBaseRequest request, StreamObserver<Base> observer) {
            rpc.unary(request, observer, places, () -> worked.call());
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
    private static final class CallerName implements ServerInterceptor {
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
    private static final class Uploading implements StreamObserver<UploadBlobResponse> {
        private final CountDownLatch done = new CountDownLatch(1);
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
            assertThat(done.await(1, TimeUnit.MINUTES)).isTrue();
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
        // When
        StreamObserver<UploadBlobRequest> upload = BaseServiceGrpc.newStub(channel)
                .withDeadline(Deadline.after(1, TimeUnit.SECONDS))
                .uploadBlob(client);
        upload.onNext(part());
        // Then
        assertThat(client.end()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(ended.await(1, TimeUnit.MINUTES)).isTrue();
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
        assertThat(broken.await(1, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void silentUploadsLoseTheirPlacesToThoseThatWait() throws InterruptedException {
        // Given: one has the place and one waits for it; both are silent
        Uploading first = new Uploading();
        BaseServiceGrpc.newStub(channel).uploadBlob(first).onNext(part());
        await().until(() -> places.free() == 0);
        Uploading second = new Uploading();
        BaseServiceGrpc.newStub(channel).uploadBlob(second).onNext(part());
        await().until(() -> places.waiting() == 1);
        // When
        Uploading third = new Uploading();
        StreamObserver<UploadBlobRequest> upload =
                BaseServiceGrpc.newStub(channel).uploadBlob(third);
        upload.onNext(part());
        upload.onCompleted();
        // Then
        assertThat(third.end()).isEqualTo(Status.Code.OK);
        assertThat(first.end()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(second.end()).isEqualTo(Status.Code.UNAVAILABLE);
        await().until(() -> places.free() == 1);
    }

    @Test
    void aTrickleOfSmallMessagesDoesNotHoldAPlaceForEver() throws InterruptedException {
        // Given
        Uploading slow = new Uploading();
        StreamObserver<UploadBlobRequest> trickle =
                BaseServiceGrpc.newStub(channel).uploadBlob(slow);
        trickle.onNext(part());
        await().until(() -> places.free() == 0);
        Uploading waiting = new Uploading();
        StreamObserver<UploadBlobRequest> upload =
                BaseServiceGrpc.newStub(channel).uploadBlob(waiting);
        upload.onNext(part());
        upload.onCompleted();
        // When
        while (slow.done.getCount() > 0) {
            trickle.onNext(part());
            slow.done.await(100, TimeUnit.MILLISECONDS);
        }
        // Then
        assertThat(slow.end()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(waiting.end()).isEqualTo(Status.Code.OK);
    }

    @Test
    void aFreePlaceGoesToTheClientThatHasTheFewest() throws Exception {
        Places two = new Places(2);
        Places.Place greedy = two.enter("a");
        Places.Place other = two.enter("a");
        List<String> entered = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (String client : List.of("a", "a", "b")) {
            int before = two.waiting();
            threads.add(Thread.ofVirtual().start(() -> {
                try (Places.Place _ = two.enter(client)) {
                    entered.add(client);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
            await().until(() -> two.waiting() == before + 1);
        }

        greedy.close();
        for (Thread thread : threads) {
            thread.join();
        }
        other.close();

        assertThat(entered).containsExactly("b", "a", "a");
        assertThat(two.free()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aRequestThatIsNotSentToItsEndEndsTheCall(int messages) {
        // Given: a client that begins a call, and then is silent. The type lets it send the headers alone.
        ClientCall<GetBaseRequest, Base> call = channel.newCall(
                BaseServiceGrpc.getGetBaseMethod().toBuilder()
                        .setType(MethodType.BIDI_STREAMING)
                        .build(),
                CallOptions.DEFAULT);
        AtomicReference<Status> end = new AtomicReference<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.set(status);
                    }
                },
                new Metadata());
        // When
        for (int i = 0; i < messages; i++) {
            call.sendMessage(GetBaseRequest.newBuilder().setName(BASE).build());
        }
        // Then
        await().untilAsserted(() -> assertThat(end.get()).isNotNull());
        assertThat(end.get().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(end.get().getDescription()).startsWith("the request was not sent");
    }

    /// Sends half a message of 3 MB in a call of its own on a raw connection of HTTP/2, and then
    /// nothing.
    ///
    /// @param stream odd number that the connection has not used
    private static void sendHalf(OutputStream wire, int stream, int bytes) throws IOException {
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        for (List<String> header : List.of(
                List.of(":method", "POST"),
                List.of(":scheme", "http"),
                List.of(":path", "/" + BaseServiceGrpc.getGetBaseMethod().getFullMethodName()),
                List.of(":authority", "localhost"),
                List.of("content-type", "application/grpc"),
                List.of("te", "trailers"))) {
            headers.write(0);
            for (String text : header) {
                headers.write(text.length());
                headers.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            }
        }
        frame(wire, 1, 4, stream, headers.toByteArray());
        byte[] message = new byte[bytes];
        ByteBuffer.wrap(message).put((byte) 0).putInt(3_000_000);
        for (int from = 0; from < bytes; from += 16_000) {
            frame(wire, 0, 0, stream, Arrays.copyOfRange(message, from, Math.min(bytes, from + 16_000)));
        }
        wire.flush();
    }

    private static void frame(OutputStream wire, int type, int flags, int stream, byte[] payload) throws IOException {
        wire.write(ByteBuffer.allocate(9)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        wire.write(payload);
    }

    private Socket rawConnection() throws IOException {
        Socket socket = new Socket("127.0.0.1", server.getPort());
        socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(socket.getOutputStream(), 4, 0, 0, new byte[0]);
        return socket;
    }

    @Test
    void halfAMessageIsHeldForATimeOnly() throws IOException {
        try (Socket socket = rawConnection()) {
            sendHalf(socket.getOutputStream(), 1, 50_000);
            await().until(() -> unsent.held() > 49_000);
            await().until(() -> unsent.held() == 0);
        }
    }

    @Test
    void halvesOfMessagesNeverTakeMoreThanTheirBudget() throws IOException {
        UnsentRequests patient = new UnsentRequests(Duration.ofMinutes(10), 100_000);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0));
        ServerLimits.limit(builder, patient);
        Server other = builder.addService(new Bases())
                .intercept(new CalledMethod(stopping))
                .intercept(patient)
                .build()
                .start();
        try (Socket socket = new Socket("127.0.0.1", other.getPort())) {
            socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            frame(socket.getOutputStream(), 4, 0, 0, new byte[0]);
            sendHalf(socket.getOutputStream(), 1, 30_000);
            await().until(() -> patient.held() > 29_000);
            for (int stream = 3; stream < 40; stream += 2) {
                sendHalf(socket.getOutputStream(), stream, 45_000);
                int sent = stream;
                await().until(() -> patient.held() > 74_000 || sent > 3);
            }
            await().untilAsserted(() -> assertThat(patient.held()).isBetween(29_000L, 100_000L));
        } finally {
            other.shutdownNow();
            patient.stop();
        }
    }

    @Test
    void costlyCallsWaitForAPlaceAndLeaveTheQueueAtTheirDeadline() throws InterruptedException {
        Places.Place held = places.enter();
        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> blocking()
                        .withDeadline(Deadline.after(1, TimeUnit.SECONDS))
                        .deleteBase(DeleteBaseRequest.newBuilder().setName(BASE).build()));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        await().until(() -> places.waiting() == 0);
        held.close();

        assertThat(blocking()
                        .deleteBase(DeleteBaseRequest.newBuilder().setName(BASE).build())
                        .getName())
                .isEqualTo("somebody");
        assertThat(places.free()).isEqualTo(1);
    }

    @Test
    void longWorkEndsWithTheCallersDeadline() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        worked = () -> {
            try {
                while (true) {
                    Caller.requirePresent();
                    Thread.onSpinWait();
                }
            } finally {
                ended.countDown();
            }
        };

        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> blocking()
                        .withDeadline(Deadline.after(1, TimeUnit.SECONDS))
                        .deleteBase(DeleteBaseRequest.newBuilder().setName(BASE).build()));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(ended.await(1, TimeUnit.MINUTES)).as("no thread goes on").isTrue();
        await().until(() -> places.free() == 1);
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
