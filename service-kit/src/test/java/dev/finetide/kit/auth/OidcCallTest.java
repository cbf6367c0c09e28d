package dev.finetide.kit.auth;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.kit.time.Moment;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceFutureStub;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceImplBase;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A call whose key must be fetched waits, and no other call does.
class OidcCallTest {
    private static final GetEvaluationRequest REQUEST = GetEvaluationRequest.newBuilder()
            .setName("projects/default/evaluations/e1")
            .build();

    private final CompletableFuture<String> keys = new CompletableFuture<>();
    private final AtomicReference<String> actor = new AtomicReference<>();
    private final CallWitness audit = new CallWitness() {
        @Override
        public void denied(CallRecord call, String reason) {}

        @Override
        public void changed(CallRecord call) {}
    };
    private TestIssuer issuer;
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        issuer = new TestIssuer();
        Access access = new Access(
                List.of(
                        new StaticTokens(Path.of(TestCallers.settings().get("finetide.auth.tokens-file"))),
                        new OidcTokens(issuer.settings(), () -> keys, Moment::now, InstantSource.system())),
                AttemptTokens.ofRandomKey(),
                Grants.NONE);
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new EvaluationServiceImplBase() {
                    @Override
                    public void getEvaluation(GetEvaluationRequest request, StreamObserver<Evaluation> client) {
                        actor.set(Identity.actor("nobody"));
                        client.onNext(Evaluation.getDefaultInstance());
                        client.onCompleted();
                    }
                })
                .intercept(new AccessInterceptor(access, audit, new SimpleMeterRegistry()))
                .directExecutor() // one thread for all calls of the connection, as in a service
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        issuer.close();
    }

    private EvaluationServiceFutureStub as(String token) {
        return EvaluationServiceGrpc.newFutureStub(channel).withCallCredentials(BearerToken.of(token));
    }

    @Test
    void itsCallerWaitsForTheKeysAndOthersDoNot() throws Exception {
        Future<Evaluation> early = as(issuer.token(issuer.claims())).getEvaluation(REQUEST);
        as(TestCallers.token("vera")).getEvaluation(REQUEST).get();
        assertThat(actor).hasValue("vera");
        assertThat(early.isDone()).isFalse();
        keys.complete(new JsonWebKeySet(TestIssuer.RSA).toJson(OutputControlLevel.PUBLIC_ONLY));
        early.get();
        assertThat(actor).hasValue("olga");
    }

    @Test
    void aCallIsRefusedWhenTheKeysDoNotCome() {
        Future<Evaluation> early = as(issuer.token(issuer.claims())).getEvaluation(REQUEST);
        keys.completeExceptionally(new IOException("http://issuer did not answer within 5 s"));
        assertThatThrownBy(early::get)
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("did not answer within 5 s")
                .satisfies(failure -> assertThat(GrpcErrors.reason((StatusRuntimeException) failure.getCause()))
                        .isEqualTo("DEPENDENCY_UNAVAILABLE"));
        assertThat(actor.get()).isNull();
    }

    /// A call that is not answered stays open as long as its client likes.
    @Test
    void aTokenWhoseHeaderIsNoTextIsRefused() {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        for (String header : List.of("{\"alg\":\"RS256\",\"kid\":5}", "{\"alg\":[\"RS256\"]}", "{\"alg\":5}")) {
            String token = base64.encodeToString(header.getBytes(StandardCharsets.UTF_8)) + "."
                    + base64.encodeToString(issuer.claims().toJson().getBytes(StandardCharsets.UTF_8)) + ".AAAA";
            assertThatThrownBy(() -> as(token)
                            .withDeadlineAfter(Duration.ofMinutes(3))
                            .getEvaluation(REQUEST)
                            .get())
                    .as(header)
                    .hasMessageContaining("UNAUTHENTICATED: the token's header has a value for");
        }
    }

    @Test
    void twoTokensAreNone() {
        Metadata headers = new Metadata();
        headers.put(BearerToken.HEADER, "Bearer s3cret");
        headers.put(BearerToken.HEADER, "Bearer " + TestCallers.token("vera"));
        assertThatThrownBy(() -> EvaluationServiceGrpc.newFutureStub(channel)
                        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                        .getEvaluation(REQUEST)
                        .get())
                .hasMessageContaining("UNAUTHENTICATED: the token is not known here");
    }

    @Test
    void aCallThatItsClientHasGivenUpNeverBegins() throws Exception {
        Future<Evaluation> early = as(issuer.token(issuer.claims())).getEvaluation(REQUEST);
        as(TestCallers.token("vera")).getEvaluation(REQUEST).get();
        early.cancel(true);
        as(TestCallers.token("sam")).getEvaluation(REQUEST).get(); // the cancellation came before
        keys.complete(new JsonWebKeySet(TestIssuer.RSA).toJson(OutputControlLevel.PUBLIC_ONLY));
        as(issuer.token(issuer.claims())).getEvaluation(REQUEST).get();
        await().untilAsserted(() -> assertThat(actor).hasValue("olga"));
    }
}
