package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import dev.finetide.blobs.BlobSession;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc.AttemptServiceImplBase;
import dev.finetide.proto.worker.v1.BlobAccess;
import dev.finetide.proto.worker.v1.LendBlobAccessRequest;
import dev.finetide.proto.worker.v1.LendBlobAccessResponse;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BorrowedBlobAccessTest {
    private final Trace trace = Trace.start("train", Map.of());
    private Server server;

    @AfterEach
    void stop() {
        server.shutdownNow();
        trace.close();
    }

    private AttemptClient client(BindableService service) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(service)
                .build()
                .start();
        return new AttemptClient(
                WorkerSpec.newBuilder()
                        .setResource("projects/p/trainingRuns/r")
                        .setAttempt(2)
                        .setServiceEndpoint("127.0.0.1:" + server.getPort())
                        .setAttemptToken("token-of-an-attempt")
                        .build(),
                trace);
    }

    private interface Answer {
        void give(LendBlobAccessRequest request, StreamObserver<LendBlobAccessResponse> observer);
    }

    private static AttemptServiceImplBase answering(Answer answer) {
        return new AttemptServiceImplBase() {
            @Override
            public void lendBlobAccess(LendBlobAccessRequest request, StreamObserver<LendBlobAccessResponse> observer) {
                answer.give(request, observer);
            }
        };
    }

    @Test
    void aWorkerGetsTheSessionOfItsEpoch() throws IOException {
        try (AttemptClient client = client(answering((request, observer) -> {
            observer.onNext(LendBlobAccessResponse.newBuilder()
                    .setAccess(BlobAccess.newBuilder()
                            .setAccessKeyId(
                                    request.getResource() + " " + request.getAttempt() + " " + request.getEpoch())
                            .setSecretAccessKey("secret")
                            .setSessionToken("token")
                            .setExpireTime(Timestamp.newBuilder().setSeconds(1_000)))
                    .build());
            observer.onCompleted();
        }))) {
            assertThat(client.borrowBlobAccess(7))
                    .contains(new BlobSession(
                            "projects/p/trainingRuns/r 2 7", "secret", "token", Instant.ofEpochSecond(1_000)));
        }
    }

    @Test
    void aServiceThatLendsNothingLeavesTheWorkerItsOwnCredentials() throws IOException {
        try (AttemptClient client = client(answering((_, observer) -> {
            observer.onNext(LendBlobAccessResponse.getDefaultInstance());
            observer.onCompleted();
        }))) {
            assertThat(client.borrowBlobAccess(1)).isEqualTo(Optional.empty());
        }
        server.shutdownNow();
        try (AttemptClient older = client(new AttemptServiceImplBase() {})) {
            assertThat(older.borrowBlobAccess(1)).isEqualTo(Optional.empty());
        }
    }

    @Test
    void aRefusalIsNotTakenForALackOfALender() throws IOException {
        try (AttemptClient client = client(answering((_, observer) -> observer.onError(Status.FAILED_PRECONDITION
                .withDescription("a later attempt writes")
                .asRuntimeException())))) {
            assertThatThrownBy(() -> client.borrowBlobAccess(1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("lends no access to the blob store: a later attempt writes")
                    .hasMessageNotContaining("token-of");
        }
    }
}
