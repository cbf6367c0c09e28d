package dev.finetide.kubernetes;

import dev.finetide.kit.launch.WorkerLauncher.ExitCause;
import dev.finetide.kit.launch.WorkerLauncher.Remedy;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// State of one attempt, read from the cluster's objects. Pure: equal objects and times give equal readings.
sealed interface JobReading {
    /// The worker has ended.
    ///
    /// @param exitCode exit code of the worker's process, if the cluster knows it
    /// @param cause    reason that the cluster gives for the end, if it gives one
    record Over(OptionalInt exitCode, Optional<ExitCause> cause) implements JobReading {}

    /// The worker runs or will run.
    record Open(WorkerStatus status) implements JobReading {}

    /// The cluster's objects for one attempt.
    ///
    /// @param pod      newest pod of the Job
    /// @param workload Kueue's Workload, which holds the Job's place
    /// @param trouble  newest warning about the Job: the reason why no pod is made
    record Objects(Optional<Job> job, Optional<Pod> pod, Optional<QueuedJob> workload, Optional<String> trouble) {}

    /// Waiting reasons of a container whose image cannot be pulled. A worker leaves them only after somebody acts.
    Set<String> IMAGE_TROUBLE =
            Set.of("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable");

    /// Waiting reasons of a container that cannot start. A worker leaves them only after somebody acts.
    Set<String> CONTAINER_TROUBLE =
            Set.of("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff");

    /// Time after the grace period by which a healthy kubelet has ended a pod.
    Duration HANGING = Duration.ofSeconds(5);

    /// Exit code after SIGTERM. Only a kubelet sends SIGTERM, and only to a pod that is being deleted.
    int TERMINATED = 143;

    Pattern EXIT_CODE = Pattern.compile("exit code (\\d{1,3})");

    static JobReading of(Objects objects, Instant now) {
        Optional<JobReading> over = objects.pod().flatMap(pod -> ended(pod, objects));
        if (over.isPresent()) {
            return over.get();
        }
        if (objects.job().isEmpty()) {
            return objects.pod()
                    .map(pod -> status(pod, now))
                    .orElseGet(() -> over(WorkReason.JOB_DELETED, "its Job is gone from the cluster"));
        }
        Job job = objects.job().get();
        Optional<JobReading> finished = finished(job);
        if (finished.isPresent()) {
            return finished.get();
        }
        if (objects.pod().isPresent()) {
            return status(objects.pod().get(), now);
        }
        if (Boolean.TRUE.equals(job.getSpec().getSuspend())) {
            return suspended(job, objects.workload());
        }
        return objects.trouble()
                .map(trouble ->
                        blocked(trouble.contains("quota") ? WorkReason.QUOTA_EXCEEDED : WorkReason.NO_POD, trouble))
                .orElseGet(() -> new Open(new WorkerStatus(
                        WorkerStatus.Kind.RUNNING, 0, WorkReason.WORK_REASON_UNSPECIFIED, "its Job has no pod yet")));
    }

    private static JobReading suspended(Job job, Optional<QueuedJob> workload) {
        // Without a queue, nobody will resume a suspended Job.
        boolean inQueue = job.getMetadata().getLabels() != null
                && job.getMetadata().getLabels().containsKey(WorkerJob.QUEUE);
        if (!inQueue || workload.flatMap(QueuedJob::evicted).isPresent()) {
            return evicted(workload);
        }
        return new Open(new WorkerStatus(
                WorkerStatus.Kind.QUEUED,
                workload.map(QueuedJob::place).orElse(0),
                WorkReason.WORK_REASON_UNSPECIFIED,
                workload.flatMap(QueuedJob::pending).orElse("its Job is suspended")));
    }

    private static JobReading evicted(Optional<QueuedJob> workload) {
        return over(
                WorkReason.EVICTED,
                workload.flatMap(QueuedJob::evicted)
                        .map(why -> "Kueue took its place: " + why)
                        .orElse("its Job was suspended"));
    }

    private static Optional<JobReading> finished(Job job) {
        if (job.getStatus() == null || job.getStatus().getConditions() == null) {
            return Optional.empty();
        }
        for (JobCondition condition : job.getStatus().getConditions()) {
            if ("True".equals(condition.getStatus()) && "Complete".equals(condition.getType())) {
                return Optional.of(new Over(OptionalInt.of(0), Optional.empty()));
            }
            if ("True".equals(condition.getStatus()) && "Failed".equals(condition.getType())) {
                return Optional.of(failed(condition));
            }
        }
        return Optional.empty();
    }

    /// Reads the Job's own condition, which is all that is left when the pod is gone.
    private static JobReading failed(JobCondition condition) {
        String message = String.valueOf(condition.getMessage());
        if ("DeadlineExceeded".equals(condition.getReason())) {
            return new Over(
                    OptionalInt.empty(),
                    Optional.of(new ExitCause(
                            Remedy.NONE,
                            WorkReason.DEADLINE_EXCEEDED,
                            "the attempt took longer than finetide.kubernetes.deadline")));
        }
        Matcher code = EXIT_CODE.matcher(message);
        if (code.find() && Integer.parseInt(code.group(1)) != TERMINATED) {
            return new Over(OptionalInt.of(Integer.parseInt(code.group(1))), Optional.empty());
        }
        return message.contains("DisruptionTarget") || code.reset().find()
                ? over(WorkReason.DISRUPTED, message)
                : new Over(
                        OptionalInt.empty(),
                        Optional.of(new ExitCause(
                                Remedy.RETRY, WorkReason.WORKER_LOST, condition.getReason() + ": " + message)));
    }

    private static Optional<JobReading> ended(Pod pod, Objects objects) {
        Optional<Job> job = objects.job();
        String phase =
                pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
        if (!phase.equals("Failed") && !phase.equals("Succeeded")) {
            return Optional.empty();
        }
        Optional<ContainerStateTerminated> terminated = worker(pod).map(ContainerState::getTerminated);
        OptionalInt code = terminated
                .map(state -> OptionalInt.of(state.getExitCode()))
                .orElse(phase.equals("Succeeded") ? OptionalInt.of(0) : OptionalInt.empty());
        if (code.isPresent() && code.getAsInt() == 0) {
            return Optional.of(new Over(code, Optional.empty()));
        }
        // A SIGKILL at the deadline looks like any other SIGKILL; only the Job tells them apart.
        Optional<JobReading> deadline = job.flatMap(JobReading::finished)
                .filter(reading -> reading instanceof Over(OptionalInt _, Optional<ExitCause> cause)
                        && cause.filter(its -> its.reason() == WorkReason.DEADLINE_EXCEEDED)
                                .isPresent());
        if (deadline.isPresent()) {
            return deadline;
        }
        // When a Job is suspended, its pods are deleted and end like any pod that is told to stop. Kueue writes the
        // reason first, but the Workload arrives by another watch than the Job, perhaps later.
        if (job.filter(its -> Boolean.TRUE.equals(its.getSpec().getSuspend())).isPresent()) {
            return Optional.of(
                    objects.workload().isPresent()
                            ? suspended(job.get(), objects.workload())
                            : evicted(objects.workload()));
        }
        return Optional.of(new Over(code, cause(pod, terminated)));
    }

    private static Optional<ExitCause> cause(Pod pod, Optional<ContainerStateTerminated> terminated) {
        if (terminated.filter(state -> "OOMKilled".equals(state.getReason())).isPresent()) {
            return Optional.of(new ExitCause(
                    Remedy.NONE,
                    WorkReason.OUT_OF_MEMORY,
                    "the worker was killed for memory (OOMKilled): the limit of its pod is " + memoryLimit(pod)));
        }
        Optional<PodCondition> disruption =
                condition(pod, "DisruptionTarget").filter(its -> "True".equals(its.getStatus()));
        String reason = String.valueOf(pod.getStatus().getReason());
        boolean deleted = pod.getMetadata().getDeletionTimestamp() != null
                || terminated.filter(state -> state.getExitCode() == TERMINATED).isPresent();
        if (disruption.isEmpty() && terminated.isPresent() && !deleted) {
            return Optional.empty();
        }
        String message = "pod %s was taken from node %s: %s"
                .formatted(
                        pod.getMetadata().getName(),
                        pod.getSpec().getNodeName(),
                        disruption
                                .map(its -> its.getReason() + ": " + its.getMessage())
                                .orElse(
                                        deleted
                                                ? "it was deleted"
                                                : reason + ": "
                                                        + pod.getStatus().getMessage()));
        // A pod evicted for its own use of memory or disk counts as a failed attempt: it must not be retried for ever.
        boolean itsOwnFault = message.contains("exceeds") || message.contains("exceeded");
        return Optional.of(
                new ExitCause(itsOwnFault ? Remedy.RETRY : Remedy.RETRY_UNCOUNTED, WorkReason.DISRUPTED, message));
    }

    private static Object memoryLimit(Pod pod) {
        return pod.getSpec()
                .getContainers()
                .getFirst()
                .getResources()
                .getLimits()
                .get("memory");
    }

    private static JobReading status(Pod pod, Instant now) {
        String where = "pod " + pod.getMetadata().getName() + " on node "
                + pod.getSpec().getNodeName();
        if (isLost(pod, now)) {
            String node = pod.getSpec().getNodeName();
            return new Open(new WorkerStatus(
                    WorkerStatus.Kind.LOST,
                    0,
                    WorkReason.NODE_LOST,
                    "node %s does not answer, and pod %s still holds its GPU there; bring the node back, or, if it is off for good: kubectl taint nodes %s node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
                            .formatted(node, pod.getMetadata().getName(), node)));
        }
        Optional<PodCondition> unscheduled = condition(pod, "PodScheduled")
                .filter(its -> "False".equals(its.getStatus()) && "Unschedulable".equals(its.getReason()));
        if (unscheduled.isPresent()) {
            return blocked(WorkReason.UNSCHEDULABLE, unscheduled.get().getMessage());
        }
        Optional<ContainerStateWaiting> waiting = worker(pod).map(ContainerState::getWaiting);
        String reason = waiting.map(ContainerStateWaiting::getReason).orElse("");
        if (IMAGE_TROUBLE.contains(reason)) {
            String image = pod.getSpec().getContainers().getFirst().getImage();
            return blocked(
                    WorkReason.IMAGE_PULL, "image " + image + ": " + reason + message(waiting) + " (" + where + ")");
        }
        if (CONTAINER_TROUBLE.contains(reason)) {
            return blocked(WorkReason.BAD_CONFIGURATION, reason + message(waiting) + " (" + where + ")");
        }
        return new Open(new WorkerStatus(WorkerStatus.Kind.RUNNING, 0, WorkReason.WORK_REASON_UNSPECIFIED, where));
    }

    private static String message(Optional<ContainerStateWaiting> waiting) {
        return waiting.map(ContainerStateWaiting::getMessage)
                .map(text -> ": " + text)
                .orElse("");
    }

    /// Tells whether the cluster has lost sight of a pod whose container ran when last seen. A pod without probes is
    /// Ready as long as its node answers, so a pod that is not Ready means a node that does not answer.
    private static boolean isLost(Pod pod, Instant now) {
        boolean ran = worker(pod).map(ContainerState::getRunning).isPresent();
        boolean unseen = condition(pod, "Ready")
                .filter(its -> "False".equals(its.getStatus()))
                .isPresent();
        boolean hanging = pod.getMetadata().getDeletionTimestamp() != null
                && Instant.parse(pod.getMetadata().getDeletionTimestamp())
                        .plus(HANGING)
                        .isBefore(now);
        boolean lingers = pod.getMetadata().getDeletionTimestamp() == null
                || condition(pod, "DisruptionTarget")
                        .filter(its -> "DeletionByTaintManager".equals(its.getReason()))
                        .isPresent();
        return ran && (unseen && lingers || hanging);
    }

    private static Optional<ContainerState> worker(Pod pod) {
        if (pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null) {
            return Optional.empty();
        }
        return pod.getStatus().getContainerStatuses().stream()
                .filter(status -> WorkerJob.CONTAINER.equals(status.getName()))
                .map(ContainerStatus::getState)
                .filter(state -> state != null)
                .findFirst();
    }

    private static Optional<PodCondition> condition(Pod pod, String type) {
        if (pod.getStatus() == null || pod.getStatus().getConditions() == null) {
            return Optional.empty();
        }
        return pod.getStatus().getConditions().stream()
                .filter(condition -> type.equals(condition.getType()))
                .findFirst();
    }

    private static JobReading blocked(WorkReason reason, String message) {
        return new Open(new WorkerStatus(WorkerStatus.Kind.BLOCKED, 0, reason, message));
    }

    private static JobReading over(WorkReason reason, String message) {
        return new Over(OptionalInt.empty(), Optional.of(new ExitCause(Remedy.RETRY_UNCOUNTED, reason, message)));
    }
}
