package dev.finetide.kit.auth;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceImplBase;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.GetEvaluationRequest;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceImplBase;
import dev.finetide.proto.model.v1.FindMissingBlobsRequest;
import dev.finetide.proto.model.v1.FindMissingBlobsResponse;
import dev.finetide.proto.model.v1.UploadBlobRequest;
import dev.finetide.proto.model.v1.UploadBlobResponse;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc.AttemptServiceImplBase;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessInterceptorTest {
    private static final String OURS = "projects/default/evaluations/e1";
    private static final String RUN = "projects/default/trainingRuns/r1";
    private static final String WATCHED = "projects/research/evaluations/long";

    private final AttemptTokens attempts = AttemptTokens.ofRandomKey();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<AuditEvent> denied = new CopyOnWriteArrayList<>();
    private final List<AuditEvent> changed = new CopyOnWriteArrayList<>();
    private final CallWitness audit = new CallWitness() {
        @Override
        public void denied(CallRecord call, String reason) {
            denied.add(call.denial(reason, Instant.EPOCH));
        }

        @Override
        public void changed(CallRecord call) {
            changed.add(call.change(call.resource(), "", Instant.EPOCH));
        }
    };
    /// Role that projects give every caller.
    private final AtomicReference<Role> granted = new AtomicReference<>(Role.ROLE_UNSPECIFIED);

    private volatile ServerCallStreamObserver<EvaluationUpdate> watching;
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger reached = new AtomicInteger();
    private final AtomicReference<String> actor = new AtomicReference<>();
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        Access access = new Access(
                List.of(new StaticTokens(Path.of(TestCallers.settings().get("finetide.auth.tokens-file")))),
                attempts,
                (caller, project) -> granted.get());
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new Evaluations())
                .addService(new Uploads())
                .addService(new Attempts())
                .addService(reflection())
                .intercept(new AccessInterceptor(access, audit, meters))
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
    }

    private final class Evaluations extends EvaluationServiceImplBase {
        @Override
        public void getEvaluation(GetEvaluationRequest request, StreamObserver<Evaluation> client) {
            answer(client);
        }

        @Override
        public void createEvaluation(CreateEvaluationRequest request, StreamObserver<Evaluation> client) {
            answer(client);
        }

        @Override
        public void watchEvaluation(WatchEvaluationRequest request, StreamObserver<EvaluationUpdate> client) {
            watching = (ServerCallStreamObserver<EvaluationUpdate>) client;
            if (!request.getName().equals(WATCHED)) {
                client.onCompleted();
            }
        }

        private void answer(StreamObserver<Evaluation> client) {
            reached.incrementAndGet();
            actor.set(Identity.actor("nobody"));
            client.onNext(Evaluation.newBuilder().setName(OURS).build());
            client.onCompleted();
        }
    }

    private final class Uploads extends BaseServiceImplBase {
        @Override
        public void findMissingBlobs(FindMissingBlobsRequest request, StreamObserver<FindMissingBlobsResponse> client) {
            client.onNext(FindMissingBlobsResponse.getDefaultInstance());
            client.onCompleted();
        }

        @Override
        public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> client) {
            reached.incrementAndGet();
            return new StreamObserver<>() {
                private int parts;

                @Override
                public void onNext(UploadBlobRequest part) {
                    parts++;
                }

                @Override
                public void onError(Throwable gone) {
                    ended.incrementAndGet();
                }

                @Override
                public void onCompleted() {
                    actor.set(parts + " parts of " + Identity.actor("nobody"));
                    client.onNext(UploadBlobResponse.getDefaultInstance());
                    client.onCompleted();
                }
            };
        }
    }

    private final class Attempts extends AttemptServiceImplBase {
        @Override
        public void claimAttempt(ClaimAttemptRequest request, StreamObserver<ClaimAttemptResponse> client) {
            reached.incrementAndGet();
            client.onNext(ClaimAttemptResponse.getDefaultInstance());
            client.onCompleted();
        }
    }

    private static final MethodDescriptor<Empty, Empty> REFLECTION = MethodDescriptor.<Empty, Empty>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .build();

    private static ServerServiceDefinition reflection() {
        return ServerServiceDefinition.builder("grpc.reflection.v1.ServerReflection")
                .addMethod(REFLECTION, ServerCalls.asyncUnaryCall((request, client) -> {
                    client.onNext(request);
                    client.onCompleted();
                }))
                .build();
    }

    /// The descriptors are for every known caller, and what looks like a worker's token makes
    /// nobody one.
    @Test
    void theTokenOfAWorkerProvesNothingWhereNoAttemptIsNamed() {
        Function<ClientInterceptor, Runnable> reflects = caller -> () -> ClientCalls.blockingUnaryCall(
                ClientInterceptors.intercept(channel, caller),
                REFLECTION,
                CallOptions.DEFAULT,
                Empty.getDefaultInstance());
        assertThat(outcome(reflects.apply(TestCallers.as("stranger")))).isEqualTo("OK");
        assertThat(outcome(reflects.apply(TestCallers.as("nobody")))).isEqualTo("UNAUTHENTICATED");
        for (String token : List.of("fta_", "fta_junk", attempts.of(RUN, 1))) {
            assertThat(outcome(reflects.apply(header("Bearer " + token)))).isEqualTo("UNAUTHENTICATED");
        }
    }

    private EvaluationServiceBlockingStub as(ClientInterceptor caller) {
        return EvaluationServiceGrpc.newBlockingStub(channel).withInterceptors(caller);
    }

    private static ClientInterceptor header(String value) {
        Metadata headers = new Metadata();
        headers.put(BearerToken.HEADER, value);
        return MetadataUtils.newAttachHeadersInterceptor(headers);
    }

    private static String outcome(Runnable call) {
        try {
            call.run();
            return "OK";
        } catch (StatusRuntimeException refused) {
            return GrpcErrors.reason(refused);
        }
    }

    private Runnable reads(ClientInterceptor caller, String name) {
        return () -> as(caller)
                .getEvaluation(GetEvaluationRequest.newBuilder().setName(name).build());
    }

    private Runnable creates(ClientInterceptor caller, String parent, String dataset) {
        return () -> as(caller)
                .createEvaluation(CreateEvaluationRequest.newBuilder()
                        .setParent(parent)
                        .setSpec(EvaluationSpec.newBuilder().setDatasetVersion(dataset))
                        .build());
    }

    @Test
    void aDeniedCallIsToldWithTheResourceThatItsCallerMayNotReach() {
        ClientInterceptor sam = header("Bearer " + TestCallers.token("sam"));
        String secret = "projects/secret/datasets/rows/versions/1";
        assertThat(outcome(creates(sam, "projects/default", secret))).isEqualTo("RESOURCE_NOT_FOUND");
        assertThat(denied).singleElement().satisfies(entry -> {
            assertThat(entry.getSubject()).isEqualTo("sam");
            assertThat(entry.getResource()).isEqualTo(secret);
        });
    }

    @Test
    void anOpenStreamShowsNothingMoreAfterItsRoleIsTaken() {
        granted.set(Role.VIEWER);
        Iterator<EvaluationUpdate> updates = as(header("Bearer " + TestCallers.token("sam")))
                .watchEvaluation(
                        WatchEvaluationRequest.newBuilder().setName(WATCHED).build());
        await().until(() -> watching != null);
        watching.onNext(EvaluationUpdate.getDefaultInstance());
        assertThat(updates.next()).isNotNull();

        granted.set(Role.ROLE_UNSPECIFIED);
        ApiException refusal = await().until(
                        () -> catchThrowableOfType(
                                ApiException.class, () -> watching.onNext(EvaluationUpdate.getDefaultInstance())),
                        Objects::nonNull);
        watching.onError(GrpcErrors.toStatus(refusal));

        assertThatThrownBy(() -> updates.forEachRemaining(update -> {}))
                .hasMessage("NOT_FOUND: " + WATCHED + " does not exist");
        assertThat(denied)
                .singleElement()
                .satisfies(entry -> assertThat(entry.getSubject()).isEqualTo("sam"));
    }

    @Test
    void anUploadEndsWhenItsRoleIsTaken() throws Exception {
        granted.set(Role.SUBMITTER);
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        StreamObserver<UploadBlobRequest> parts = BaseServiceGrpc.newStub(channel)
                .withInterceptors(header("Bearer " + TestCallers.token("sam")))
                .uploadBlob(new StreamObserver<>() {
                    @Override
                    public void onNext(UploadBlobResponse answer) {}

                    @Override
                    public void onError(Throwable failure) {
                        end.complete(failure);
                    }

                    @Override
                    public void onCompleted() {
                        end.complete(null);
                    }
                });
        parts.onNext(
                UploadBlobRequest.newBuilder().setParent("projects/research").build());
        await().until(() -> reached.get() == 1);
        granted.set(Role.ROLE_UNSPECIFIED);
        await().until(() -> {
            parts.onNext(UploadBlobRequest.newBuilder()
                    .setData(ByteString.copyFromUtf8("x"))
                    .build());
            return end.isDone();
        });

        assertThat(end.get(3, TimeUnit.MINUTES)).hasMessage("NOT_FOUND: projects/research does not exist");
        await().untilAsserted(() -> assertThat(ended)
                .as("uploads that the service knows to have ended")
                .hasValue(1));
    }

    @Test
    void aNameThatComesBackIsShortAndPrints() {
        ClientInterceptor sam = header("Bearer " + TestCallers.token("sam"));
        assertThatThrownBy(() -> reads(sam, "projects/secret/evaluations/-").run())
                .hasMessage("NOT_FOUND: projects/secret does not exist");
        assertThatThrownBy(() -> reads(sam, "projects/a\u001b[2J\nb").run())
                .hasMessage("NOT_FOUND: projects/a?[2J?b does not exist");
        assertThatThrownBy(() -> reads(sam, "projects/" + "a".repeat(1_000_000)).run())
                .hasMessageStartingWith("NOT_FOUND: projects/aaa")
                .hasMessageEndingWith("... does not exist");
    }

    @ParameterizedTest
    @CsvSource({
        "vera, OK, PERMISSION_DENIED",
        "sam, OK, OK",
        "rita, OK, OK",
        "alma, OK, OK",
        "ada, OK, OK",
        "test-service, OK, OK",
        "stranger, RESOURCE_NOT_FOUND, RESOURCE_NOT_FOUND",
        "nobody, UNAUTHENTICATED, UNAUTHENTICATED"
    })
    void eachRoleMayDoWhatItsProtoSays(String caller, String read, String create) {
        assertThat(outcome(reads(TestCallers.as(caller), OURS))).isEqualTo(read);
        assertThat(outcome(
                        creates(TestCallers.as(caller), "projects/default", "projects/default/datasets/d/versions/1")))
                .isEqualTo(create);
        assertThat(actor.get()).isEqualTo(read.equals("OK") ? caller : null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Basic YWRhOnB3", "Bearer ", "token", "Bearer  x y", "bearer fta_"})
    void aCallWithoutAKnownTokenReachesNothing(String value) {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class, () -> reads(header(value), OURS).run());
        assertThat(refused.getStatus().getCode())
                .isIn(Status.Code.UNAUTHENTICATED, Status.Code.NOT_FOUND, Status.Code.PERMISSION_DENIED);
        assertThat(reached).hasValue(0);
    }

    @Test
    void aTokenOfAMegabyteIsRefused() {
        assertThatThrownBy(() ->
                        reads(header("Bearer " + "x".repeat(1 << 20)), OURS).run())
                .isInstanceOf(StatusRuntimeException.class);
        assertThat(reached).hasValue(0);
        assertThat(outcome(reads(TestCallers.admin(), OURS))).isEqualTo("OK");
    }

    @Test
    void everyNameInARequestMustBeOfAProjectThatTheCallerMaySee() {
        assertThat(outcome(
                        creates(TestCallers.as("alma"), "projects/default", "projects/secret/datasets/d/versions/1")))
                .isEqualTo("RESOURCE_NOT_FOUND");
        assertThat(reached).hasValue(0);
    }

    @Test
    void aRequestThatNamesNoProjectIsRefused() {
        assertThat(outcome(reads(TestCallers.admin(), ""))).isEqualTo("INVALID_FIELD");
        assertThat(outcome(reads(TestCallers.admin(), "projects"))).isEqualTo("INVALID_FIELD");
        assertThat(reached).hasValue(0);
    }

    @Test
    void anUploadBeginsOnlyWhenItsFirstMessageWasAllowed() throws Exception {
        assertThat(upload("vera")).contains("PERMISSION_DENIED");
        assertThat(reached).hasValue(0);
        assertThat(upload("sam")).isEmpty();
        assertThat(actor).hasValue("3 parts of sam");
    }

    @Test
    void aLaterPartOfAnUploadNamesNoOtherProject() throws Exception {
        assertThat(upload("sam", "projects/default", "projects/default", "projects/elsewhere"))
                .contains("NOT_FOUND");
        await().until(() -> ended.get() == 1);
        assertThat(actor.get()).isNull();
    }

    private String upload(String caller) {
        return upload(caller, "projects/default", "projects/default", "projects/default");
    }

    private String upload(String caller, String... parents) {
        AtomicReference<String> end = new AtomicReference<>();
        StreamObserver<UploadBlobRequest> upload = BaseServiceGrpc.newStub(channel)
                .withInterceptors(TestCallers.as(caller))
                .uploadBlob(new StreamObserver<>() {
                    @Override
                    public void onNext(UploadBlobResponse answer) {}

                    @Override
                    public void onError(Throwable failure) {
                        end.set(String.valueOf(failure.getMessage()));
                    }

                    @Override
                    public void onCompleted() {
                        end.set("");
                    }
                });
        for (String parent : parents) {
            upload.onNext(UploadBlobRequest.newBuilder().setParent(parent).build());
        }
        upload.onCompleted();
        await().until(() -> end.get() != null);
        return end.get();
    }

    @Test
    void aWorkerClaimsItsOwnAttemptAndNothingElse() {
        String token = attempts.of(RUN, 2);
        assertThat(claim(token, RUN, 2)).isEqualTo("OK");
        assertThat(claim(token, RUN, 3)).isEqualTo("PERMISSION_DENIED");
        assertThat(claim(token, "projects/default/trainingRuns/r2", 2)).isEqualTo("PERMISSION_DENIED");
        assertThat(claim(AttemptTokens.ofRandomKey().of(RUN, 2), RUN, 2)).isEqualTo("PERMISSION_DENIED");
        assertThat(claim(TestCallers.token(TestCallers.ADMIN), RUN, 2)).isEqualTo("PERMISSION_DENIED");
        assertThat(outcome(reads(header("Bearer " + token), OURS))).isEqualTo("PERMISSION_DENIED");
        assertThat(reached).hasValue(1);
    }

    @Test
    void aWorkerWatchesItsOwnEvaluationAndNoOther() {
        String token = attempts.of(OURS, 1);
        assertThat(watch(token, OURS)).isEqualTo("OK");
        assertThat(watch(token, "projects/default/evaluations/e2")).isEqualTo("PERMISSION_DENIED");
        assertThat(watch(token.replace("_1_", "_2_"), OURS)).isEqualTo("PERMISSION_DENIED");
    }

    private String watch(String token, String evaluation) {
        return outcome(() -> EvaluationServiceGrpc.newBlockingStub(channel)
                .withCallCredentials(BearerToken.of(token))
                .watchEvaluation(
                        WatchEvaluationRequest.newBuilder().setName(evaluation).build())
                .forEachRemaining(_ -> {}));
    }

    private String claim(String token, String run, int attempt) {
        return outcome(() -> AttemptServiceGrpc.newBlockingStub(channel)
                .withCallCredentials(BearerToken.of(token))
                .claimAttempt(ClaimAttemptRequest.newBuilder()
                        .setResource(run)
                        .setAttempt(attempt)
                        .build()));
    }

    @Test
    void theAuditTellsWhoWasDeniedWhatAndWhoChangedWhat() {
        outcome(reads(TestCallers.as("stranger"), OURS));
        outcome(reads(TestCallers.as("nobody"), OURS));
        outcome(reads(TestCallers.as("vera"), OURS));
        outcome(() -> BaseServiceGrpc.newBlockingStub(channel)
                .withInterceptors(TestCallers.as("sam"))
                .findMissingBlobs(FindMissingBlobsRequest.newBuilder()
                        .setParent("projects/default")
                        .build()));
        outcome(creates(TestCallers.as("sam"), "projects/default", "projects/default/datasets/d/versions/1"));
        assertThat(denied)
                .extracting(AuditEvent::getSubject, AuditEvent::getResource, AuditEvent::getResult)
                .containsExactly(tuple("stranger", OURS, "RESOURCE_NOT_FOUND"), tuple("", "", "UNAUTHENTICATED"));
        assertThat(denied.toString()).doesNotContain(TestCallers.token("nobody"), TestCallers.token("stranger"));
        await().until(() -> !changed.isEmpty());
        assertThat(changed)
                .extracting(AuditEvent::getSubject, AuditEvent::getResource, AuditEvent::getResult, AuditEvent::getPeer)
                .as("one change, by the name of what was made; a question is none")
                .containsExactly(tuple("sam", OURS, "OK", "127.0.0.1"));
    }

    /// A name with line breaks could look like further entries where entries are printed.
    @Test
    void whatACallerWritesIntoANameMakesNoFurtherEntryAndIsBounded() {
        String forged = "projects/x\n2026-01-01T00:00:00Z  alice  ApproveModelVersion  OK  projects/p\u001b[2J";
        outcome(reads(TestCallers.as("stranger"), forged));
        outcome(reads(TestCallers.as("stranger"), "projects/" + "x".repeat(1 << 20)));
        outcome(() -> as(TestCallers.as("stranger"))
                .createEvaluation(CreateEvaluationRequest.newBuilder()
                        .setParent("projects/default")
                        .setRequestId("the text of a row")
                        .build()));

        assertThat(denied).hasSize(3).allSatisfy(entry -> {
            assertThat(entry.getResource()).doesNotContain("\n", "\u001b").hasSizeLessThan(310);
            assertThat(entry.getRequestId()).isEmpty();
        });
    }

    @Test
    void denialsAreCounted() {
        outcome(reads(TestCallers.as("nobody"), OURS));
        outcome(reads(TestCallers.as("stranger"), OURS));
        assertThat(meters.get("finetide.auth.denied")
                        .tags("method", "GetEvaluation", "reason", "UNAUTHENTICATED")
                        .counter()
                        .count())
                .isEqualTo(1);
    }
}
