package dev.finetide.registry;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import dev.finetide.blobs.BlobStore;
import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.kit.auth.ServedRights;
import dev.finetide.kit.embedded.EmbeddedParts;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.TestCallers;
import dev.finetide.kit.embedded.TopicProbe;
import dev.finetide.kit.metric.MetricsProbe;
import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.evaluation.v1.EvaluationStarted;
import dev.finetide.proto.evaluation.v1.EvaluationSucceeded;
import dev.finetide.proto.model.v1.BaseServiceGrpc;
import dev.finetide.proto.model.v1.DownloadModelFileRequest;
import dev.finetide.proto.model.v1.FileChunk;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ListModelVersionsRequest;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersion.State;
import dev.finetide.proto.model.v1.ReviewModelVersionRequest;
import dev.finetide.proto.project.v1.CreateProjectRequest;
import dev.finetide.proto.project.v1.GetCallerRequest;
import dev.finetide.proto.project.v1.GetProjectRequest;
import dev.finetide.proto.project.v1.GrantRoleRequest;
import dev.finetide.proto.project.v1.ListProjectsRequest;
import dev.finetide.proto.project.v1.ProjectServiceGrpc;
import dev.finetide.proto.project.v1.ProjectServiceGrpc.ProjectServiceBlockingStub;
import dev.finetide.proto.project.v1.RevokeRoleRequest;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunSucceeded;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/// The model service as other programs see it, on real Kafka and PostgreSQL.
@QuarkusTest
@QuarkusTestResource(value = EmbeddedParts.class, initArgs = @ResourceArg(name = "schema", value = "registry"))
class RegistryServiceIT {
    private static final String TRAINING = "finetide.training.v1";
    private static final String EVALUATION = "finetide.evaluation.v1";
    private static final String MODEL = "finetide.model.v1";

    @TestHTTPResource("/q/metrics")
    URL metrics;

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @Inject
    BlobStore blobs;

    private final String bootstrapServers = Infrastructure.get().bootstrapServers();
    private final String id = UUID.randomUUID().toString().substring(0, 8);
    private final String model = "projects/default/models/m" + id;
    private final Map<String, ManagedChannel> others = new HashMap<>();
    private ManagedChannel channel;
    private TrainingRun run;

    @BeforeEach
    void aRunHasSucceeded() throws IOException {
        channel = TestCallers.channel(port);
        run = Trained.run(blobs, "r" + id, "m" + id);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        others.values().forEach(ManagedChannel::shutdownNow);
    }

    private ModelServiceGrpc.ModelServiceBlockingStub models() {
        return ModelServiceGrpc.newBlockingStub(channel).withDeadlineAfter(3, TimeUnit.MINUTES);
    }

    private void send(String topic, String key, Message event, String eventId) {
        new TopicProbe(bootstrapServers, topic).send(key, event.toByteArray(), Map.of("ce_id", eventId));
    }

    private void trainingSucceeded(TrainingRun succeeded) {
        send(
                TRAINING,
                succeeded.getName(),
                TrainingEvent.newBuilder()
                        .setTrainingRunSucceeded(
                                TrainingRunSucceeded.newBuilder().setTrainingRun(succeeded))
                        .build(),
                UUID.randomUUID().toString());
    }

    private void evaluationSucceeded(TrainingRun evaluated, double base, double tuned, String eventId) {
        send(
                EVALUATION,
                evaluated.getName(),
                EvaluationEvent.newBuilder()
                        .setEvaluationSucceeded(EvaluationSucceeded.newBuilder()
                                .setEvaluation(Trained.evaluated(evaluated, base, tuned)))
                        .build(),
                eventId);
    }

    private ModelVersion get(String version) {
        return models().getModelVersion(GetModelVersionRequest.newBuilder()
                .setName(model + "/versions/" + version)
                .build());
    }

    private ModelVersion awaitState(State state) {
        return await().ignoreException(StatusRuntimeException.class)
                .until(() -> get("1"), version -> version.getState() == state);
    }

    private byte[] download(String name, long offset) {
        ByteString bytes = ByteString.EMPTY;
        Iterator<FileChunk> chunks = models().downloadModelFile(DownloadModelFileRequest.newBuilder()
                .setName(name)
                .setPath("adapter_model.safetensors")
                .setOffset(offset)
                .build());
        while (chunks.hasNext()) {
            bytes = bytes.concat(chunks.next().getData());
        }
        return bytes.toByteArray();
    }

    private static ErrorInfo info(StatusRuntimeException failure) {
        com.google.rpc.Status status = StatusProto.fromThrowable(failure);
        try {
            for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    return detail.unpack(ErrorInfo.class);
                }
            }
            return ErrorInfo.getDefaultInstance();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private ReviewModelVersionRequest review() {
        return ReviewModelVersionRequest.newBuilder()
                .setName(model + "/versions/1")
                .setReason("found out later")
                .build();
    }

    @Test
    void everyRpcAndRouteNeedsWhatItsDeclarationSays() throws Exception {
        ServedRights.verify(
                port,
                List.of(
                        ModelServiceGrpc.getServiceDescriptor(),
                        BaseServiceGrpc.getServiceDescriptor(),
                        ProjectServiceGrpc.getServiceDescriptor()));
        ServedRights.verifyHttp(metrics.getPort());
    }

    private ProjectServiceBlockingStub projectsAs(String caller) {
        return ProjectServiceGrpc.newBlockingStub(
                        others.computeIfAbsent(caller, name -> TestCallers.channel(port, name)))
                .withDeadlineAfter(3, TimeUnit.MINUTES);
    }

    @Test
    void aMemberMayWhatTheRoleSaysUntilItIsRevoked() {
        // Given
        String project = "projects/p" + id;
        ListProjectsRequest all =
                ListProjectsRequest.newBuilder().setPageSize(1_000).build();
        GetProjectRequest get = GetProjectRequest.newBuilder().setName(project).build();
        GrantRoleRequest grant = GrantRoleRequest.newBuilder()
                .setName(project)
                .setSubject("sam")
                .setRole(Role.ADMIN)
                .build();
        projectsAs("ada")
                .createProject(
                        CreateProjectRequest.newBuilder().setName(project).build());
        assertThat(code(() -> projectsAs("sam").getProject(get))).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(projectsAs("sam").listProjects(all).getProjectsList())
                .noneMatch(it -> it.getName().equals(project));
        // When
        projectsAs("ada").grantRole(grant);
        // Then
        await().until(() -> code(() -> projectsAs("sam").getProject(get)) == Status.Code.OK);
        assertThat(projectsAs("sam").getProject(get).getYourRole()).isEqualTo(Role.ADMIN);
        assertThat(projectsAs("sam").getCaller(GetCallerRequest.getDefaultInstance()))
                .satisfies(sam -> assertThat(sam.getSubject()).isEqualTo("sam"))
                .satisfies(sam -> assertThat(sam.getIssuer()).isEqualTo("tokens-file"));
        assertThat(projectsAs("sam").listProjects(all).getProjectsList())
                .anyMatch(it -> it.getName().equals(project));
        assertThat(projectsAs("sam")
                        .grantRole(grant.toBuilder().setSubject("vera").build())
                        .getMembersCount())
                .isEqualTo(3);
        projectsAs("ada")
                .revokeRole(RevokeRoleRequest.newBuilder()
                        .setName(project)
                        .setSubject("sam")
                        .build());
        // At once, though the copy of the members may not know it yet.
        assertThat(code(() -> projectsAs("sam").grantRole(grant))).isEqualTo(Status.Code.NOT_FOUND);
        await().until(() -> code(() -> projectsAs("sam").getProject(get)) == Status.Code.NOT_FOUND);
        assertThat(new TopicProbe(bootstrapServers, "finetide.audit.v1")
                        .readUntil(record -> record.key().equals(project)
                                && audited(record.value()).getMethod().endsWith("RevokeRole")))
                .filteredOn(record -> record.key().equals(project))
                .extracting(record -> audited(record.value()))
                .filteredOn(entry -> entry.getResult().equals("OK"))
                .extracting(AuditEvent::getSubject, AuditEvent::getEvent)
                .containsExactly(
                        tuple("ada", "ProjectCreated"),
                        tuple("ada", "ProjectChanged"),
                        tuple("sam", "ProjectChanged"),
                        tuple("ada", "ProjectChanged"));
    }

    private static Status.Code code(Runnable call) {
        try {
            call.run();
            return Status.Code.OK;
        } catch (StatusRuntimeException failure) {
            return failure.getStatus().getCode();
        }
    }

    private static AuditEvent audited(byte[] value) {
        try {
            return AuditEvent.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRunBecomesOneApprovedVersionHoweverOftenItIsTold() throws Exception {
        // When every event comes twice, once with the same id and once with another
        String eventId = UUID.randomUUID().toString();
        trainingSucceeded(run);
        trainingSucceeded(run);
        EvaluationEvent started = EvaluationEvent.newBuilder()
                .setEvaluationStarted(EvaluationStarted.newBuilder().setEvaluation(Trained.evaluation(run)))
                .build();
        send(EVALUATION, run.getName(), started, "started" + id);
        evaluationSucceeded(run, 0.1, 0.9, eventId);
        evaluationSucceeded(run, 0.1, 0.9, eventId);
        evaluationSucceeded(run, 0.1, 0.9, "again" + id);

        // Then
        ModelVersion approved = awaitState(State.APPROVED);
        assertThat(models().listModelVersions(ListModelVersionsRequest.newBuilder()
                                .setParent("projects/default/models/-")
                                .setTrainingRun(run.getName())
                                .build())
                        .getModelVersionsList())
                .containsExactly(approved);
        assertThat(get("approved")).isEqualTo(approved);
        MetricsProbe probe = new MetricsProbe(metrics);
        double bytes = probe.value("finetide_registry_bytes_total", "result=\"complete\"")
                .orElseThrow();
        assertThat(download(approved.getName(), 0)).isEqualTo(Trained.ADAPTER);
        await().untilAsserted(() -> assertThat(probe.value("finetide_registry_bytes_total", "result=\"complete\""))
                .hasValue(bytes + Trained.ADAPTER.length));
        assertThat(probe.value("finetide_model_versions", "state=\"APPROVED\"").orElseThrow())
                .isPositive();
        assertThat(probe.problems()).isEmpty();
        assertThat(download(approved.getName(), 5)).isEqualTo(Arrays.copyOfRange(Trained.ADAPTER, 5, 19));
        List<ModelEvent> events = eventsUntil(ModelEvent.EventCase.MODEL_VERSION_APPROVED);
        assertThat(events.stream().filter(ModelEvent::hasModelVersionRegistered))
                .hasSize(1);
        assertThat(events.getLast().getModelVersionApproved().getModelVersion()).isEqualTo(approved);
    }

    private List<ModelEvent> eventsUntil(ModelEvent.EventCase last) {
        return new TopicProbe(bootstrapServers, MODEL)
                        .readUntil(record -> record.key().equals(model + "/versions/1")
                                && parse(record.value()).getEventCase() == last)
                        .stream()
                        .filter(record -> record.key().equals(model + "/versions/1"))
                        .map(record -> parse(record.value()))
                        .toList();
    }

    private static ModelEvent parse(byte[] value) {
        try {
            return ModelEvent.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aHeldVersionIsServedAfterApprovalAndNotAfterRevocation() throws IOException {
        evaluationSucceeded(run, 0.5, 0.5, UUID.randomUUID().toString());
        ModelVersion held = awaitState(State.PENDING_APPROVAL);

        StatusRuntimeException early =
                catchThrowableOfType(StatusRuntimeException.class, () -> download(held.getName(), 0));
        assertThat(early.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(info(early).getReason()).isEqualTo("NOT_APPROVED");

        ModelVersion approved = models().approveModelVersion(review());
        assertThat(approved.getState()).isEqualTo(State.APPROVED);
        assertThat(download(held.getName(), 0)).isEqualTo(Trained.ADAPTER);

        StatusRuntimeException stale = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> models().revokeModelVersion(
                                review().toBuilder().setEtag(held.getEtag()).build()));
        assertThat(stale.getStatus().getCode()).isEqualTo(Status.Code.ABORTED);
        models().revokeModelVersion(review());
        assertThat(info(catchThrowableOfType(StatusRuntimeException.class, () -> download(held.getName(), 0)))
                        .getMetadataMap())
                .containsEntry("state", "REVOKED");
        assertThat(eventsUntil(ModelEvent.EventCase.MODEL_VERSION_REVOKED)
                        .getLast()
                        .getModelVersionRevoked()
                        .getModelVersion()
                        .getReasonsList())
                .containsExactly("found out later");
    }

    @Test
    void aPoisonRecordGoesToTheDeadLettersAndThePartitionGoesOn() {
        // Given records of the run's own partition: garbage, one without id, one that breaks the rules
        TopicProbe probe = new TopicProbe(bootstrapServers, TRAINING);
        String secret = "row text that nobody may read";
        probe.send(run.getName(), secret.getBytes(StandardCharsets.UTF_8), Map.of("ce_id", "garbage" + id));
        probe.send(run.getName(), new byte[0], Map.of());
        TrainingRun.Builder broken = run.toBuilder();
        broken.getOutputBuilder().setDigest("0");
        trainingSucceeded(broken.build());

        // When
        trainingSucceeded(run);

        // Then
        awaitState(State.REGISTERED);
        TopicProbe dead = new TopicProbe(bootstrapServers, TRAINING + ".dlq");
        assertThat(dead.readUntil(record -> run.getName().equals(record.key())
                        && TopicProbe.header(record, "dead-letter-reason").contains("could not be handled")))
                .filteredOn(record -> run.getName().equals(record.key()))
                .hasSize(3)
                .allSatisfy(record -> {
                    assertThat(TopicProbe.header(record, "dead-letter-topic")).isEqualTo(TRAINING);
                    assertThat(TopicProbe.header(record, "dead-letter-reason"))
                            .startsWith(TRAINING + "-")
                            .doesNotContain(secret);
                });
    }

    @Test
    void bytesThatChangedOnDiskAreNotServed() throws IOException {
        byte[] large = new byte[3 << 20];
        Arrays.fill(large, (byte) 7);
        TrainingRun.Builder changed = run.toBuilder();
        String key = "trainingRuns/default/r" + id + "/other.safetensors";
        blobs.put(key, new ByteArrayInputStream(large));
        changed.getOutputBuilder()
                .setFiles(
                        0,
                        run.getOutput().getFiles(0).toBuilder()
                                .setSizeBytes(large.length)
                                .setBlobKey(key));
        trainingSucceeded(changed.build());
        evaluationSucceeded(changed.build(), 0.1, 0.9, UUID.randomUUID().toString());
        awaitState(State.APPROVED);

        StatusRuntimeException failure =
                catchThrowableOfType(StatusRuntimeException.class, () -> download(model + "/versions/1", 0));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DATA_LOSS);
        assertThat(info(failure).getReason()).isEqualTo("BLOB_CORRUPT");
    }

    @Test
    @DisabledIfSystemProperty(
            named = Infrastructure.OF_IMAGES,
            matches = "true",
            disabledReason = "restarts the embedded database")
    void eventsWaitWhileTheDatabaseIsAwayAndRequestsSaySo() throws Exception {
        // Given
        get404();
        SharedInfrastructure.get().postgres().close();

        // When
        trainingSucceeded(run);
        evaluationSucceeded(run, 0.1, 0.9, UUID.randomUUID().toString());
        StatusRuntimeException away = catchThrowableOfType(StatusRuntimeException.class, () -> get("1"));
        SharedInfrastructure.get().postgres().start();

        // Then
        assertThat(away.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(info(away).getReason()).isEqualTo("DEPENDENCY_UNAVAILABLE");
        assertThat(awaitState(State.APPROVED).getHistoryList()).hasSizeBetween(2, 3);
    }

    private void get404() {
        assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> get("1"))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
    }
}
