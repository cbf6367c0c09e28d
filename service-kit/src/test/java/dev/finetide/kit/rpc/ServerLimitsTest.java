package dev.finetide.kit.rpc;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.finetide.kit.rpc.RawConnection.Frame;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.DownloadBaseFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.GetBaseRequest;
import io.grpc.Attributes;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Tests what one connection may cost, with real connections of clients that do not behave.
class ServerLimitsTest {
    private static final String BASE = "projects/default/bases/tiny";
    private static final String METHOD = BaseServiceGrpc.getGetBaseMethod().getFullMethodName();
    private static final Duration HOUR = Duration.ofHours(1);
    private static final ServerLimits.Times PATIENT = new ServerLimits.Times(HOUR, HOUR, HOUR, HOUR);
    private static final Duration SHORT = Duration.ofMillis(500);

    private final UnsentRequests unsent = new UnsentRequests();
    private final AtomicInteger connections = new AtomicInteger();
    private final CountDownLatch end = new CountDownLatch(1);
    private Server server;
    private ManagedChannel channel;

    private void start(ServerLimits.Times times) throws IOException {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0));
        ServerLimits.limit(builder, unsent, times);
        server = builder.addService(new Bases())
                .addTransportFilter(new ServerTransportFilter() {
                    @Override
                    public Attributes transportReady(Attributes attributes) {
                        connections.incrementAndGet();
                        return attributes;
                    }
                })
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        end.countDown();
        channel.shutdownNow();
        server.shutdownNow().awaitTermination();
        unsent.stop();
    }

    private final class Bases extends BaseServiceGrpc.BaseServiceImplBase {
        @Override
        public void getBase(GetBaseRequest request, StreamObserver<Base> observer) {
            observer.onNext(Base.newBuilder().setName(request.getName()).build());
            observer.onCompleted();
        }

        @Override
        public void downloadBaseFile(DownloadBaseFileRequest request, StreamObserver<FileChunk> observer) {
            observer.onNext(FileChunk.getDefaultInstance());
            Thread.startVirtualThread(() -> {
                try {
                    end.await();
                    observer.onCompleted();
                } catch (InterruptedException e) {
                    observer.onError(e);
                }
            });
        }
    }

    private String answerWithToken(int bytes) {
        Metadata headers = new Metadata();
        headers.put(BearerToken.HEADER, "x".repeat(bytes));
        return BaseServiceGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .getBase(GetBaseRequest.newBuilder().setName(BASE).build())
                .getName();
    }

    private void assertServes() {
        assertThat(answerWithToken(10)).as("the service goes on").isEqualTo(BASE);
    }

    /// Sends until the server ends the connection, or up to a number of times.
    ///
    /// @return whether the server has ended the connection
    private static boolean flood(RawConnection connection, int times, Flood flood) throws IOException {
        try {
            for (int i = 0; i < times; i++) {
                flood.send(i);
            }
            connection.flush();
            return connection
                            .await(frame -> frame.type() == RawConnection.GO_AWAY || isAnswer(frame))
                            .type()
                    == RawConnection.GO_AWAY;
        } catch (SocketException closed) {
            return true;
        }
    }

    private static boolean isAnswer(Frame frame) {
        return frame.type() == RawConnection.PING && frame.payload()[0] == 'E';
    }

    private interface Flood {
        void send(int number) throws IOException;
    }

    /// Asks for an answer that [#isAnswer] finds.
    private static void askForAnswer(RawConnection connection) throws IOException {
        connection.send(RawConnection.PING, 0, 0, new byte[] {'E', 0, 0, 0, 0, 0, 0, 0});
    }

    @Test
    void aServerTellsItsLimitsOfAConnection() throws IOException {
        start(PATIENT);
        try (RawConnection connection = RawConnection.open(server.getPort())) {
            Frame settings = connection.await(frame -> frame.type() == RawConnection.SETTINGS);
            assertThat(settings.setting(3)).as("calls at once").isEqualTo(5_000);
            assertThat(settings.setting(6)).as("bytes of metadata").isEqualTo(32_768);
        }
    }

    @Test
    void aTokenOfAnOidcServerFitsAndAMegabyteDoesNot() throws IOException {
        start(PATIENT);
        assertThat(answerWithToken(30_000)).isEqualTo(BASE);
        assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> answerWithToken(40_000)))
                .isNotNull();
        assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> answerWithToken(1_000_000)))
                .isNotNull();
        assertServes();
    }

    /// CVE-2023-44487.
    @Test
    void aFloodOfResetsEndsItsConnection() throws IOException {
        start(PATIENT);
        byte[] headers = RawConnection.headers(METHOD);
        try (RawConnection connection = RawConnection.open(server.getPort())) {
            boolean ended = flood(connection, 2 * ServerLimits.RESETS, i -> {
                connection.send(RawConnection.HEADERS, RawConnection.END_OF_HEADERS, 2 * i + 1, headers);
                connection.send(RawConnection.RESET, 0, 2 * i + 1, new byte[] {0, 0, 0, 8});
            });
            assertThat(ended).isTrue();
            assertServes();
        }
    }

    @Test
    void aConsoleMayLeaveAllItsCallsAtOnce() throws IOException {
        start(PATIENT);
        byte[] headers = RawConnection.headers(METHOD);
        try (RawConnection connection = RawConnection.open(server.getPort())) {
            boolean ended = flood(connection, ServerLimits.CALLS_A_CONNECTION, i -> {
                connection.send(RawConnection.HEADERS, RawConnection.END_OF_HEADERS, 2 * i + 1, headers);
                connection.send(RawConnection.RESET, 0, 2 * i + 1, new byte[] {0, 0, 0, 8});
                if (i == ServerLimits.CALLS_A_CONNECTION - 1) {
                    askForAnswer(connection);
                }
            });
            assertThat(ended).isFalse();
        }
    }

    /// CVE-2024-27316 and its like.
    @Test
    void headersWithoutAnEndEndTheirConnection() throws IOException {
        start(PATIENT);
        byte[] headers = RawConnection.headers(METHOD);
        for (int size : new int[] {0, 1, 16_000}) {
            byte[] more = new byte[size];
            try (RawConnection connection = RawConnection.open(server.getPort())) {
                connection.send(RawConnection.HEADERS, 0, 1, headers);
                boolean ended = flood(connection, 10_000, i -> connection.send(RawConnection.CONTINUATION, 0, 1, more));
                assertThat(ended).as("parts of %d bytes", size).isTrue();
            }
            assertServes();
        }
    }

    @Test
    void aFloodOfPingsEndsItsConnection() throws IOException {
        start(PATIENT);
        try (RawConnection connection = RawConnection.open(server.getPort())) {
            assertThat(flood(connection, 1_000, i -> connection.send(RawConnection.PING, 0, 0, new byte[8])))
                    .isTrue();
        }
        assertServes();
    }

    @Test
    void clientsThatDoNotEndTheirHandshakeAreClosed() throws IOException {
        start(new ServerLimits.Times(SHORT, HOUR, HOUR, HOUR));
        try (RawConnection first = RawConnection.silent(server.getPort());
                RawConnection second = RawConnection.silent(server.getPort())) {
            second.send(0, 0, 0, new byte[0]); // nine bytes that begin no HTTP/2
            second.flush();
            first.awaitEnd();
            second.awaitEnd();
        }
        assertServes();
    }

    @Test
    void aConnectionWithoutCallsIsClosed() throws IOException {
        start(new ServerLimits.Times(HOUR, SHORT, HOUR, HOUR));
        try (RawConnection connection = RawConnection.open(server.getPort())) {
            connection.awaitEnd();
        }
        assertServes();
    }

    @Test
    void newCallsLeaveAnOldConnectionAndItsOpenCallsStay() throws IOException {
        start(new ServerLimits.Times(HOUR, HOUR, SHORT, HOUR));
        Iterator<FileChunk> watch = BaseServiceGrpc.newBlockingStub(channel)
                .downloadBaseFile(
                        DownloadBaseFileRequest.newBuilder().setName(BASE).build());
        watch.next();
        await().pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            assertServes();
            assertThat(connections).hasValueGreaterThan(1);
        });
        end.countDown();
        assertThat(watch.hasNext())
                .as("the watch ended well, on the old connection")
                .isFalse();
    }
}
