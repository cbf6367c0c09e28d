package dev.finetide.kit.rpc;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.kit.limit.Slots;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.watch.WatchSource;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.DownloadBaseFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Stops a service under open calls, behind a real gRPC server.
class StoppingTest {
    private static final String BASE = "projects/default/bases/tiny";

    private final Stopping stopping = new Stopping();
    private final RpcFunnel rpc =
            new RpcFunnel(new RequestRules(), new SimpleMeterRegistry(), stopping, new Slots(TestLimits.none()));
    private final Places places = new Places(1);
    private final CountDownLatch working = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final CompletableFuture<Boolean> cleanedUp = new CompletableFuture<>();
    private volatile Callable<Base> answer = Base::getDefaultInstance;
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
        release.countDown();
        channel.shutdownNow();
        server.shutdownNow().awaitTermination();
    }

    private final class Bases extends BaseServiceGrpc.BaseServiceImplBase {
        @Override
        public void getBase(GetBaseRequest request, StreamObserver<Base> observer) {
            rpc.unary(request, observer, () -> {
                working.countDown();
                release.await();
                return answer.call();
            });
        }

        @Override
        public void createBase(CreateBaseRequest request, StreamObserver<Base> observer) {
            throw new IllegalStateException("the container is closed");
        }

        @Override
        public void downloadBaseFile(DownloadBaseFileRequest request, StreamObserver<FileChunk> observer) {
            rpc.watch(request, observer, OneAndNoMore::new);
        }

        @Override
        public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> observer) {
            return rpc.upload(observer, places, upload -> {
                try {
                    while (upload.next().isPresent()) {
                        working.countDown();
                    }
                    return UploadBlobResponse.getDefaultInstance();
                } finally {
                    cleanedUp.complete(!Thread.currentThread().isInterrupted());
                }
            });
        }
    }

    /// Gives one value and then waits for ever, as a watch of a run does while nothing happens.
    private static final class OneAndNoMore implements WatchSource<FileChunk> {
        private boolean given;

        @Override
        public boolean hasNext() {
            try {
                if (given) {
                    new CountDownLatch(1).await();
                }
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        @Override
        public FileChunk next() {
            given = true;
            return FileChunk.newBuilder().setData(ByteString.copyFromUtf8("a")).build();
        }
    }

    /// A client of any kind of call.
    private static final class Client<A> implements StreamObserver<A> {
        private final List<A> answers = Collections.synchronizedList(new ArrayList<>());
        private final CompletableFuture<StatusRuntimeException> end = new CompletableFuture<>();

        @Override
        public void onNext(A answer) {
            answers.add(answer);
        }

        @Override
        public void onError(Throwable failure) {
            end.complete((StatusRuntimeException) failure);
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK.asRuntimeException());
        }

        void endsBecauseOfTheStop() {
            assertThat(end.join().getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(GrpcErrors.hasReason(end.join(), ErrorReason.SERVICE_STOPPING))
                    .isTrue();
        }
    }

    private BaseServiceGrpc.BaseServiceStub service() {
        return BaseServiceGrpc.newStub(channel);
    }

    private Client<Base> get() {
        Client<Base> client = new Client<>();
        service().getBase(GetBaseRequest.newBuilder().setName(BASE).build(), client);
        return client;
    }

    private void beginStop() throws InterruptedException {
        stopping.begin(new ShutdownEvent());
    }

    private Thread beginStopInBackground() {
        Thread stop = Thread.ofVirtual().start(() -> {
            try {
                beginStop();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        await().until(stopping::hasBegun);
        return stop;
    }

    @Test
    void anOpenWatchIsUnavailable() throws InterruptedException {
        Client<FileChunk> watch = new Client<>();
        service()
                .downloadBaseFile(
                        DownloadBaseFileRequest.newBuilder().setName(BASE).build(), watch);
        await().until(() -> watch.answers.size() == 1);
        beginStop();
        watch.endsBecauseOfTheStop();
    }

    @Test
    void anOpenUploadIsUnavailableAndCleansUp() throws InterruptedException {
        Client<UploadBlobResponse> client = new Client<>();
        StreamObserver<UploadBlobRequest> upload = service().uploadBlob(client);
        upload.onNext(UploadBlobRequest.newBuilder()
                .setData(ByteString.copyFromUtf8("bytes"))
                .build());
        working.await();
        beginStop();
        client.endsBecauseOfTheStop();
        assertThat(cleanedUp.join()).as("its thread is not interrupted").isTrue();
    }

    @Test
    void anUploadThatWaitsForAPlaceIsUnavailable() throws InterruptedException {
        places.enter();
        Client<UploadBlobResponse> client = new Client<>();
        service().uploadBlob(client);
        await().until(() -> places.waiting() > 0);
        beginStop();
        client.endsBecauseOfTheStop();
    }

    @Test
    void aCallThatCanStillBeAnsweredIsAnsweredBeforeAnythingIsClosed() throws InterruptedException {
        Client<Base> client = get();
        working.await();
        Thread stop = beginStopInBackground();
        release.countDown();
        stop.join();
        assertThat(client.end.join().getStatus().getCode()).isEqualTo(Status.Code.OK);
    }

    @Test
    void aCallUnderWhichSomethingWasClosedIsUnavailableWhateverItSays() throws InterruptedException {
        answer = () -> {
            throw new IllegalStateException("This pool is closed");
        };
        Client<Base> client = get();
        working.await();
        Thread stop = beginStopInBackground();
        release.countDown();
        stop.join();
        client.endsBecauseOfTheStop();
    }

    @Test
    void aNewCallIsUnavailable() throws InterruptedException {
        beginStop();
        get().endsBecauseOfTheStop();
        Client<FileChunk> watch = new Client<>();
        service()
                .downloadBaseFile(
                        DownloadBaseFileRequest.newBuilder().setName(BASE).build(), watch);
        watch.endsBecauseOfTheStop();
        Client<UploadBlobResponse> upload = new Client<>();
        service().uploadBlob(upload);
        upload.endsBecauseOfTheStop();
    }

    @Test
    void aCallThatDoesNotReachTheFunnelIsUnavailable() throws InterruptedException {
        beginStop();
        Client<Base> client = new Client<>();
        service().createBase(CreateBaseRequest.getDefaultInstance(), client);
        client.endsBecauseOfTheStop();
    }

    @Test
    void aStopOfAServiceWithoutCallsDoesNotWait() throws InterruptedException {
        answer = () -> {
            throw ApiException.notFound(BASE);
        };
        release.countDown();
        assertThat(get().end.join().getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        long began = System.nanoTime();
        beginStop();
        assertThat(System.nanoTime() - began).as("calls that end get 3 s").isLessThan(2_500_000_000L);
    }
}
