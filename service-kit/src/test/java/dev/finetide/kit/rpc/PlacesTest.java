package dev.finetide.kit.rpc;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.limit.Slots;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tests how calls share places, behind a real gRPC server.
class PlacesTest {
    private static final String BASE = "projects/default/bases/tiny";

    private final Stopping stopping = new Stopping();
    private final RpcFunnel rpc =
            new RpcFunnel(new RequestRules(), new SimpleMeterRegistry(), stopping, new Slots(TestLimits.none()));
    private final Places places = new Places(1, Duration.ofSeconds(1));
    private volatile Callable<Base> worked =
            () -> Base.newBuilder().setName(BASE).build();
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(new Bases())
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

    private final class Bases extends BaseServiceGrpc.BaseServiceImplBase {
        @Override
        public void deleteBase(DeleteBaseRequest request, StreamObserver<Base> observer) {
            rpc.unary(request, observer, places, () -> worked.call());
        }

        @Override
        public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> observer) {
            return rpc.upload(observer, places, PlacesTest::readAll);
        }
    }

    private static UploadBlobResponse readAll(UploadStream<UploadBlobRequest> upload) throws IOException {
        while (upload.next().isPresent()) {
            // Only counts.
        }
        return UploadBlobResponse.getDefaultInstance();
    }

    private static UploadBlobRequest part() {
        return UploadBlobRequest.newBuilder()
                .setData(ByteString.copyFromUtf8("bytes"))
                .build();
    }

    private BaseServiceGrpc.BaseServiceBlockingStub blocking() {
        return BaseServiceGrpc.newBlockingStub(channel);
    }

    @Test
    void silentUploadsLoseTheirPlacesToThoseThatWait() throws InterruptedException {
        // Given: one has the place and one waits for it; both are silent
        RpcStreamsTest.Uploading first = new RpcStreamsTest.Uploading();
        BaseServiceGrpc.newStub(channel).uploadBlob(first).onNext(part());
        await().until(() -> places.free() == 0);
        RpcStreamsTest.Uploading second = new RpcStreamsTest.Uploading();
        BaseServiceGrpc.newStub(channel).uploadBlob(second).onNext(part());
        // The second has the place by now where this thread was late.
        await().until(() -> places.waiting() == 1 || first.done.getCount() == 0);
        // When
        RpcStreamsTest.Uploading third = new RpcStreamsTest.Uploading();
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
        RpcStreamsTest.Uploading slow = new RpcStreamsTest.Uploading();
        StreamObserver<UploadBlobRequest> trickle =
                BaseServiceGrpc.newStub(channel).uploadBlob(slow);
        trickle.onNext(part());
        await().until(() -> places.free() == 0);
        RpcStreamsTest.Uploading waiting = new RpcStreamsTest.Uploading();
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
                .isEqualTo(BASE);
        assertThat(places.free()).isEqualTo(1);
    }

    /// Lets a caller wait for a place, from the same address as all others.
    private static Thread waits(Places shared, String caller, List<String> order) {
        Identity identity = new Identity(caller, "tokens-file", Identity.Kind.USER, Map.of());
        return Thread.startVirtualThread(identity.in(Context.current()).wrap(() -> {
            try {
                shared.enter();
                order.add(caller);
            } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    @Test
    void callersBehindOneAddressShareByTheirNames() throws InterruptedException {
        // Given: alice has one of two places and waits for more, and then bob comes
        Places two = new Places(2);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        waits(two, "alice", order).join();
        Places.Place held = two.enter();
        Thread alice = waits(two, "alice", order);
        await().until(() -> two.waiting() == 1);
        Thread bob = waits(two, "bob", order);
        await().until(() -> two.waiting() == 2);
        // When
        held.close();
        bob.join();
        // Then
        assertThat(order).containsExactly("alice", "bob");
        alice.interrupt();
    }

    @Test
    void longWorkEndsWithTheCallersDeadline() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        // The first call of a process is slow: it could miss the deadline before its work begins.
        blocking().deleteBase(DeleteBaseRequest.newBuilder().setName(BASE).build());
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
        assertThat(ended.await(3, TimeUnit.MINUTES)).as("no thread goes on").isTrue();
        await().until(() -> places.free() == 1);
    }
}
