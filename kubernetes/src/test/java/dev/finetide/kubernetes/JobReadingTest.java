package dev.finetide.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.launch.WorkerLauncher.Remedy;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class JobReadingTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final String RUNS = """
            phase: Running
            conditions: [{type: Ready, status: "%s"}]
            containerStatuses: [{name: worker, state: {running: {startedAt: "2026-11-21T11:00:00Z"}}}]
            """;

    @Test
    void anExitCodeIsToldAsItIs() {
        assertThat(read(job("{}"), pod("", ended("Failed", 65, "Error"))))
                .isEqualTo(new JobReading.Over(OptionalInt.of(65), Optional.empty()));
        assertThat(read(job("{}"), pod("", ended("Succeeded", 0, "Completed"))))
                .isEqualTo(new JobReading.Over(OptionalInt.of(0), Optional.empty()));
    }

    @Test
    void theJobRemembersTheExitCodeOfAPodThatIsGone() {
        JobReading reading = read(job("""
                conditions:
                - type: Failed
                  status: "True"
                  reason: PodFailurePolicy
                  message: Container worker for pod ml/x failed with exit code 78 matching FailJob rule at index 1"""), null);

        assertThat(reading).isEqualTo(new JobReading.Over(OptionalInt.of(78), Optional.empty()));
    }

    @Test
    void killedForMemoryNamesTheLimitAndIsNotTriedAgain() {
        JobReading.Over over = over(read(job("{}"), pod("", ended("Failed", 137, "OOMKilled"))));

        assertThat(over.cause().orElseThrow().remedy()).isEqualTo(Remedy.NONE);
        assertThat(over.cause().orElseThrow().reason()).isEqualTo(WorkReason.OUT_OF_MEMORY);
        assertThat(over.cause().orElseThrow().message()).contains("32Gi");
    }

    @Test
    void aDisruptionIsNotCounted() {
        JobReading.Over over = over(read(job("{}"), pod("", ended("Failed", 143, "Error") + """
                conditions:
                - {type: DisruptionTarget, status: "True", reason: PreemptionByScheduler, message: for another pod}
                """)));

        assertThat(over.exitCode()).hasValue(143);
        assertThat(over.cause().orElseThrow().remedy()).isEqualTo(Remedy.RETRY_UNCOUNTED);
        assertThat(over.cause().orElseThrow().message()).contains("gpu-0", "PreemptionByScheduler", "for another pod");
    }

    @Test
    void aPodThatSomebodyDeletedIsADisruption() {
        JobReading.Over bySignal = over(read(job("{}"), pod("", ended("Failed", 143, "Error"))));
        JobReading.Over killed = over(
                read(job("{}"), pod("deletionTimestamp: \"2026-11-21T10:00:00Z\"", ended("Failed", 137, "Error"))));
        JobReading.Over forgotten = over(JobReading.of(
                new JobReading.Objects(
                        Optional.of(
                                job(
                                        "conditions: [{type: Failed, status: \"True\", reason: PodFailurePolicy, message: failed with exit code 143}]")),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                NOW));

        assertThat(List.of(bySignal, killed, forgotten))
                .extracting(over -> over.cause().orElseThrow().remedy())
                .containsOnly(Remedy.RETRY_UNCOUNTED);
    }

    @Test
    void aPodThatWasKilledWithoutBeingDeletedIsCounted() {
        assertThat(over(read(job("{}"), pod("", ended("Failed", 137, "Error")))).cause())
                .isEmpty();
    }

    @Test
    void theFullStopOfASuspendedJobsPodIsNotCounted() {
        JobReading.Over over = over(read(suspended(), pod("", ended("Failed", 143, "Error"))));

        assertThat(over.cause().orElseThrow().remedy()).isEqualTo(Remedy.RETRY_UNCOUNTED);
        assertThat(over.cause().orElseThrow().reason()).isEqualTo(WorkReason.EVICTED);
    }

    @Test
    void aJobThatIsSuspendedWhereNobodyQueuesIsOver() {
        Job suspended = job("{}").edit().editSpec().withSuspend(true).endSpec().build();
        JobReading.Over over = over(JobReading.of(
                new JobReading.Objects(Optional.of(suspended), Optional.empty(), Optional.empty(), Optional.empty()),
                NOW));

        assertThat(over.cause().orElseThrow().remedy()).isEqualTo(Remedy.RETRY_UNCOUNTED);
        assertThat(over.cause().orElseThrow().message()).isEqualTo("its Job was suspended");
    }

    @Test
    void whoUsesMoreDiskThanItsLimitIsCounted() {
        JobReading.Over over = over(read(job("{}"), pod("", """
                phase: Failed
                reason: Evicted
                message: Pod ephemeral local storage usage exceeds the total limit of containers 100Gi.
                """)));

        assertThat(over.cause().orElseThrow().remedy()).isEqualTo(Remedy.RETRY);
    }

    @Test
    void theDeadlineEndsARunForGood() {
        JobReading.Over over = over(read(
                job("conditions: [{type: Failed, status: \"True\", reason: DeadlineExceeded, message: too long}]"),
                pod("", ended("Failed", 137, "Error"))));

        assertThat(over.cause().orElseThrow().reason()).isEqualTo(WorkReason.DEADLINE_EXCEEDED);
        assertThat(over.cause().orElseThrow().remedy()).isEqualTo(Remedy.NONE);
    }

    @Test
    void aJobThatSomebodyDeletedIsTriedAgain() {
        JobReading.Over over = over(read(null, null));

        assertThat(over.cause().orElseThrow().reason()).isEqualTo(WorkReason.JOB_DELETED);
        assertThat(over.cause().orElseThrow().remedy()).isEqualTo(Remedy.RETRY_UNCOUNTED);
    }

    @Test
    void aPodThatNobodyCanPlaceSaysWhatIsMissing() {
        WorkerStatus status = status(read(job("{}"), pod("", """
                phase: Pending
                conditions:
                - type: PodScheduled
                  status: "False"
                  reason: Unschedulable
                  message: "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."
                """)));

        assertThat(status.kind()).isEqualTo(WorkerStatus.Kind.BLOCKED);
        assertThat(status.reason()).isEqualTo(WorkReason.UNSCHEDULABLE);
        assertThat(status.message()).contains("3 Insufficient nvidia.com/gpu");
    }

    @Test
    void anImageThatDoesNotExistIsNamed() {
        WorkerStatus status = status(read(job("{}"), pod("", """
                phase: Pending
                containerStatuses: [{name: worker, state: {waiting: {reason: ImagePullBackOff, message: not found}}}]
                """)));

        assertThat(status.reason()).isEqualTo(WorkReason.IMAGE_PULL);
        assertThat(status.message()).contains("registry.example/worker:1", "not found");
    }

    @Test
    void aPodWhoseNodeDoesNotAnswerNamesTheNodeAndWhatToDo() {
        WorkerStatus unseen = status(read(job("{}"), pod("", RUNS.formatted("False"))));
        WorkerStatus hangs =
                status(read(job("{}"), pod("deletionTimestamp: \"2026-11-21T11:59:00Z\"", RUNS.formatted("True"))));
        WorkerStatus leaves =
                status(read(job("{}"), pod("deletionTimestamp: \"2026-11-21T12:00:30Z\"", RUNS.formatted("False"))));

        assertThat(List.of(unseen, hangs)).allSatisfy(status -> {
            assertThat(status.kind()).isEqualTo(WorkerStatus.Kind.LOST);
            assertThat(status.reason()).isEqualTo(WorkReason.NODE_LOST);
            assertThat(status.message())
                    .contains("gpu-0", "kubectl taint nodes gpu-0 node.kubernetes.io/out-of-service");
        });
        assertThat(leaves.kind()).isEqualTo(WorkerStatus.Kind.RUNNING);
    }

    @Test
    void aSuspendedJobHasItsPlaceAmongThoseThatWait() {
        GenericKubernetesResource third = workload("third", 0, "10:02", waits());
        Map<String, Integer> places = QueuedJob.places(List.of(
                workload("admitted", 0, "10:00", "{type: QuotaReserved, status: \"True\"}"),
                workload("second", 0, "10:01", waits()),
                third,
                workload("first", 1000, "10:03", waits())));

        assertThat(places).isEqualTo(Map.of("first", 1, "second", 2, "third", 3));
        WorkerStatus status = status(JobReading.of(
                new JobReading.Objects(
                        Optional.of(suspended()),
                        Optional.empty(),
                        Optional.of(QueuedJob.of(third, places)),
                        Optional.empty()),
                NOW));
        assertThat(status.kind()).isEqualTo(WorkerStatus.Kind.QUEUED);
        assertThat(status.place()).isEqualTo(3);
        assertThat(status.message()).contains("insufficient unused quota");
    }

    @Test
    void whatKueueTookAwayIsOverButNotCounted() {
        QueuedJob evicted = QueuedJob.of(
                workload(
                        "x",
                        0,
                        "10:00",
                        waits() + ", {type: Evicted, status: \"True\", reason: Preempted, message: by y}"),
                Map.of());

        JobReading.Over over = over(JobReading.of(
                new JobReading.Objects(
                        Optional.of(suspended()), Optional.empty(), Optional.of(evicted), Optional.empty()),
                NOW));

        assertThat(over.cause().orElseThrow().remedy()).isEqualTo(Remedy.RETRY_UNCOUNTED);
        assertThat(over.cause().orElseThrow().message()).contains("Preempted: by y");
    }

    @Test
    void whatKueueTookAwayIsNotOverBeforeKueueHasSaidWhy() {
        QueuedJob admitted =
                QueuedJob.of(workload("x", 0, "10:00", "{type: QuotaReserved, status: \"True\"}"), Map.of());

        JobReading reading = JobReading.of(
                new JobReading.Objects(
                        Optional.of(suspended()),
                        Optional.of(pod("", ended("Failed", 143, "Error"))),
                        Optional.of(admitted),
                        Optional.empty()),
                NOW);

        assertThat(status(reading).kind()).isEqualTo(WorkerStatus.Kind.QUEUED);
    }

    private static String waits() {
        return "{type: QuotaReserved, status: \"False\", reason: Pending, message: insufficient unused quota for nvidia.com/gpu}";
    }

    private static GenericKubernetesResource workload(String job, int priority, String time, String conditions) {
        return Serialization.unmarshal(
                """
                apiVersion: kueue.x-k8s.io/v1beta2
                kind: Workload
                metadata:
                  name: job-%s
                  creationTimestamp: "2026-11-21T%s:00Z"
                  ownerReferences: [{apiVersion: batch/v1, kind: Job, name: %s, uid: u}]
                spec: {queueName: training, priority: %d}
                status:
                  conditions: [%s]
                """.formatted(job, time, job, priority, conditions), GenericKubernetesResource.class);
    }

    private static Job suspended() {
        return job("{}")
                .edit()
                .editMetadata()
                .addToLabels(WorkerJob.QUEUE, "training")
                .endMetadata()
                .editSpec()
                .withSuspend(true)
                .endSpec()
                .build();
    }

    private static Job job(String status) {
        return Serialization.unmarshal("""
                apiVersion: batch/v1
                kind: Job
                metadata: {name: x}
                spec: {suspend: false}
                status:
                """ + status.indent(2), Job.class);
    }

    private static String ended(String phase, int code, String reason) {
        return """
                phase: %s
                containerStatuses: [{name: worker, state: {terminated: {exitCode: %d, reason: %s}}}]
                """.formatted(phase, code, reason);
    }

    private static Pod pod(String metadata, String status) {
        return Serialization.unmarshal(
                """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: x-1
                %s
                spec:
                  nodeName: gpu-0
                  containers:
                  - {name: worker, image: "registry.example/worker:1", resources: {limits: {memory: 32Gi}}}
                status:
                %s""".formatted(metadata.isEmpty() ? "" : metadata.indent(2), status.indent(2)), Pod.class);
    }

    private static JobReading read(Job job, Pod pod) {
        return JobReading.of(
                new JobReading.Objects(
                        Optional.ofNullable(job), Optional.ofNullable(pod), Optional.empty(), Optional.empty()),
                NOW);
    }

    private static JobReading.Over over(JobReading reading) {
        return (JobReading.Over) reading;
    }

    private static WorkerStatus status(JobReading reading) {
        return ((JobReading.Open) reading).status();
    }
}
