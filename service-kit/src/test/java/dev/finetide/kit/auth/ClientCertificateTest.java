package dev.finetide.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.finetide.embedded.TestCertificates;
import dev.finetide.embedded.TestCertificates.Holder;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceImplBase;
import dev.finetide.proto.tls.AuthorityFile;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.tls.LostConnection;
import dev.finetide.proto.tls.WireSettings;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client certificate says who calls, on a real server with TLS. The server asks for one and takes calls without.
class ClientCertificateTest {
    @TempDir
    static Path directory;

    private static final AtomicReference<Instant> NOW = new AtomicReference<>();
    private static final AtomicReference<String> ACTOR = new AtomicReference<>();

    private static TestCertificates ours;
    private static Server server;

    @BeforeAll
    static void serve() throws Exception {
        ours = new TestCertificates(directory.resolve("ours"));
        Path callers = Files.writeString(directory.resolve("callers"), """
                dns:Eval.ml.example                    service:eval      *=submitter
                uri:spiffe://example/ns/ml/sa/train    service:train     default=submitter
                email:rita@example.com                 user:rita         default=reviewer
                dns:viewer.example                     service:viewer    default=viewer
                """);
        Access access = new Access(
                List.of(
                        new StaticTokens(callers, NOW::get),
                        new StaticTokens(Path.of(TestCallers.settings().get("finetide.auth.tokens-file")))),
                AttemptTokens.ofRandomKey(),
                Grants.NONE);
        Holder localhost = ours.issue("localhost", "dns:localhost", 0);
        server = Grpc.newServerBuilderForPort(
                        0,
                        TlsServerCredentials.newBuilder()
                                .keyManager(
                                        localhost.certificate().toFile(),
                                        localhost.key().toFile())
                                .trustManager(new AuthorityFile(ours.authority(), fault -> {}))
                                .clientAuth(ClientAuth.OPTIONAL)
                                .build())
                .addService(new Evaluations())
                .intercept(new AccessInterceptor(access, new NobodyListens(), new SimpleMeterRegistry()))
                .build()
                .start();
    }

    @AfterAll
    static void stop() {
        server.shutdownNow();
    }

    @BeforeEach
    void begin() {
        NOW.set(Instant.now());
        ACTOR.set("");
    }

    private static final class NobodyListens implements CallWitness {
        @Override
        public void denied(CallRecord call, String reason) {}

        @Override
        public void changed(CallRecord call) {}
    }

    private static final class Evaluations extends EvaluationServiceImplBase {
        @Override
        public void createEvaluation(CreateEvaluationRequest request, StreamObserver<Evaluation> client) {
            ACTOR.set(Identity.actor("nobody"));
            client.onNext(Evaluation.getDefaultInstance());
            client.onCompleted();
        }
    }

    private static WireSettings wires(Optional<Holder> holder) {
        Map<String, String> variables = new HashMap<>();
        variables.put(WireSettings.AUTHORITIES, ours.authority().toString());
        holder.ifPresent(shown -> {
            variables.put(WireSettings.CERTIFICATE, shown.certificate().toString());
            variables.put(WireSettings.KEY, shown.key().toString());
        });
        return WireSettings.of(variables);
    }

    private static ManagedChannel channel(Optional<Holder> holder, ClientInterceptor... interceptors) {
        return new Channels(wires(holder))
                .open("https://localhost:" + server.getPort())
                .intercept(interceptors)
                .build();
    }

    private static void create(ManagedChannel channel) {
        EvaluationServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(3, TimeUnit.MINUTES)
                .createEvaluation(CreateEvaluationRequest.newBuilder()
                        .setParent("projects/default")
                        .build());
    }

    /// Makes one call over a new connection and returns who it was.
    private static String caller(Optional<Holder> holder, ClientInterceptor... interceptors) {
        ManagedChannel channel = channel(holder, interceptors);
        try {
            create(channel);
            return ACTOR.get();
        } finally {
            channel.shutdownNow();
        }
    }

    private static Status refusal(Optional<Holder> holder, ClientInterceptor... interceptors) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> caller(holder, interceptors))
                .getStatus();
    }

    private static String unauthenticated(Optional<Holder> holder, ClientInterceptor... interceptors) {
        Status refusal = refusal(holder, interceptors);
        assertThat(refusal.getCode()).as(refusal.toString()).isEqualTo(Status.Code.UNAUTHENTICATED);
        return refusal.getDescription();
    }

    private static Optional<Holder> holder(String holder, String names) {
        return Optional.of(ours.issue(holder, names, 0));
    }

    @Test
    void eachKindOfNameStandsForItsCaller() {
        assertThat(caller(holder("eval", "dns:eval.ML.example"))).isEqualTo("eval");
        assertThat(caller(holder("train", "uri:spiffe://example/ns/ml/sa/train")))
                .isEqualTo("train");
        assertThat(caller(holder("rita", "email:rita@example.com"))).isEqualTo("rita");
    }

    @Test
    void theRoleOfTheCallerCounts() {
        assertThat(refusal(holder("viewer", "dns:viewer.example")).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void anUnknownCertificateIsNobodyAndTheAnswerSaysItsNames() {
        assertThat(unauthenticated(holder("other", "dns:other.example,uri:spiffe://example/ns/ml/sa/Train")))
                .contains("dns:other.example", "uri:spiffe://example/ns/ml/sa/Train");
        assertThat(unauthenticated(holder("wild", "dns:*.ml.example"))).contains("dns:*.ml.example");
    }

    @Test
    void aCommonNameStandsForNobody() {
        assertThat(unauthenticated(Optional.of(ours.issueWithoutNames("eval.ml.example"))))
                .contains("its common name does not count");
    }

    @Test
    void namesOfTwoCallersStandForNobodyAndThoseOfOneForThatOne() {
        assertThat(unauthenticated(holder("two", "dns:eval.ml.example,email:rita@example.com")))
                .contains("different callers", "dns:eval.ml.example", "email:rita@example.com");
        assertThat(caller(holder("more", "dns:eval.ml.example,dns:elsewhere.example")))
                .isEqualTo("eval");
    }

    @Test
    void certificatesThatTheAuthorityDoesNotVouchForEndInTheHandshake() {
        TestCertificates others = new TestCertificates(directory.resolve("others"));
        String name = "dns:eval.ml.example";
        for (Holder wrong : List.of(
                others.issue("eval", name, 0),
                ours.issueSelfSigned("self", name),
                ours.issue("expired", name, 40),
                ours.issue("early", name, -5))) {
            Status refusal = refusal(Optional.of(wrong), TestCallers.admin());
            assertThat(refusal.getCode()).as(wrong.toString()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(LostConnection.of(refusal, true).reason()).contains("refuses the client certificate");
        }
        assertThat(ACTOR.get()).isEmpty();
    }

    @Test
    void aCertificateThatExpiresWhileItsConnectionLastsIsRefused() {
        ManagedChannel channel = channel(holder("lasting", "dns:eval.ml.example"));
        try {
            create(channel);
            NOW.set(NOW.get().plus(Duration.ofDays(31)));
            StatusRuntimeException refusal = catchThrowableOfType(StatusRuntimeException.class, () -> create(channel));
            assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(refusal).hasMessageContaining("the client certificate has expired");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aTokenDecidesAloneAlsoAWrongOne() {
        Optional<Holder> eval = holder("with-token", "dns:eval.ml.example");
        Optional<Holder> unknown = holder("proxy", "dns:proxy.example");
        assertThat(caller(eval, TestCallers.as("sam"))).isEqualTo("sam");
        assertThat(caller(unknown, TestCallers.as("sam"))).isEqualTo("sam");
        assertThat(refusal(eval, TestCallers.as("vera")).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(unauthenticated(eval, TestCallers.as("nobody-knows"))).contains("the token is not known here");
    }

    @Test
    void withoutCertificateAndTokenNobodyCalls() {
        assertThat(unauthenticated(Optional.empty())).contains("the call has no token");
    }

    @Test
    void aServiceProvesItselfByItsCertificateAlone() {
        Optional<Holder> eval = holder("own", "dns:eval.ml.example");
        assertThat(caller(eval, new OwnToken(Optional.empty(), wires(eval)))).isEqualTo("eval");
        assertThat(unauthenticated(Optional.empty(), new OwnToken(Optional.empty(), wires(Optional.empty()))))
                .contains("finetide.auth.token-file", WireSettings.CERTIFICATE);
        Path token = Path.of(TestCallers.settings().get("finetide.auth.token-file"));
        assertThat(caller(eval, new OwnToken(Optional.of(token), wires(eval)))).isEqualTo("test-service");
    }
}
