package dev.finetide.kit.rpc;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.GetBaseRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tests what becomes of requests that are not sent to their end, behind a real gRPC server.
class UnsentRequestsTest {
    private static final String BASE = "projects/default/bases/tiny";

    private UnsentRequests unsent;
    private Server server;
    private ManagedChannel channel;

    private void start(UnsentRequests limits) throws IOException {
        unsent = limits;
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0));
        ServerLimits.limit(builder, unsent);
        server = builder.addService(new Bases()).intercept(unsent).build().start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow();
        server.shutdownNow().awaitTermination();
        unsent.stop();
    }

    private static final class Bases extends BaseServiceGrpc.BaseServiceImplBase {
        @Override
        public void getBase(GetBaseRequest request, StreamObserver<Base> observer) {
            observer.onNext(Base.newBuilder().setName(request.getName()).build());
            observer.onCompleted();
        }
    }

    /// Sends half a message of 3 MB in a call of its own, and then nothing.
    ///
    /// @param stream odd number that the connection has not used
    private static void sendHalf(RawConnection connection, int stream, int bytes) throws IOException {
        String method = BaseServiceGrpc.getGetBaseMethod().getFullMethodName();
        connection.send(RawConnection.HEADERS, RawConnection.END_OF_HEADERS, stream, RawConnection.headers(method));
        byte[] message = new byte[bytes];
        ByteBuffer.wrap(message).put((byte) 0).putInt(3_000_000);
        for (int from = 0; from < bytes; from += 16_000) {
            connection.send(
                    RawConnection.DATA, 0, stream, Arrays.copyOfRange(message, from, Math.min(bytes, from + 16_000)));
        }
        connection.flush();
    }

    @Test
    void aRequestThatIsSentIsAnsweredAndNothingIsHeld() throws IOException {
        start(new UnsentRequests(Duration.ofMinutes(10), 100_000));

        GetBaseRequest request =
                GetBaseRequest.newBuilder().setName("x".repeat(50_000)).build();
        for (int i = 0; i < 5; i++) {
            assertThat(BaseServiceGrpc.newBlockingStub(channel).getBase(request).getName())
                    .hasSize(50_000);
        }

        await().until(() -> unsent.held() == 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aRequestThatIsNotSentToItsEndEndsTheCall(int messages) throws IOException {
        start(new UnsentRequests(Duration.ofSeconds(1), 100_000));
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

    @Test
    void halfAMessageIsHeldForATimeOnly() throws IOException {
        start(new UnsentRequests(Duration.ofSeconds(1), 100_000));
        try (RawConnection connection = RawConnection.open(server.getPort())) {
            sendHalf(connection, 1, 50_000);
            await().until(() -> unsent.held() > 49_000);
            await().until(() -> unsent.held() == 0);
        }
    }

    @Test
    void halvesOfMessagesNeverTakeMoreThanTheirBudget() throws IOException {
        start(new UnsentRequests(Duration.ofMinutes(10), 100_000));
        try (RawConnection connection = RawConnection.open(server.getPort())) {
            sendHalf(connection, 1, 30_000);
            await().until(() -> unsent.held() > 29_000);
            for (int stream = 3; stream < 40; stream += 2) {
                sendHalf(connection, stream, 45_000);
                int sent = stream;
                await().until(() -> unsent.held() > 74_000 || sent > 3);
            }
            await().untilAsserted(() -> assertThat(unsent.held()).isBetween(29_000L, 100_000L));
        }
    }
}
