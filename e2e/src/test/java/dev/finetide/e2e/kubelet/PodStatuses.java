package dev.finetide.e2e.kubelet;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The statuses that a kubelet writes into pods. Conditions that others wrote (scheduled, disruption target) stay.
final class PodStatuses {
    private static final Set<String> OURS = Set.of("Initialized", "Ready", "ContainersReady");

    private PodStatuses() {}

    static boolean isOver(Pod pod) {
        return Set.of("Succeeded", "Failed").contains(phase(pod));
    }

    static boolean isRunning(Pod pod) {
        return "Running".equals(phase(pod));
    }

    private static String phase(Pod pod) {
        return String.valueOf(pod.getStatus().getPhase());
    }

    static PodStatus running(Pod pod) {
        ContainerState state = new ContainerStateBuilder()
                .withNewRunning()
                .withStartedAt(now())
                .endRunning()
                .build();
        return status(pod, "Running", state, "True", "");
    }

    /// The status of a pod whose container cannot start yet; the kubelet tries again until it can.
    static PodStatus waiting(Pod pod, String reason, String message) {
        ContainerState state = new ContainerStateBuilder()
                .withNewWaiting()
                .withReason(reason)
                .withMessage(message)
                .endWaiting()
                .build();
        return status(pod, "Pending", state, "False", "ContainersNotReady");
    }

    static PodStatus ended(Pod pod, int code, String reason, String message) {
        ContainerState state = new ContainerStateBuilder()
                .withNewTerminated()
                .withExitCode(code)
                .withReason(reason)
                .withMessage(message)
                .withFinishedAt(now())
                .endTerminated()
                .build();
        String phase = code == 0 ? "Succeeded" : "Failed";
        return status(pod, phase, state, "False", code == 0 ? "PodCompleted" : "PodFailed");
    }

    /// The status of a pod that was deleted before its container started.
    static PodStatus neverStarted(Pod pod) {
        return ended(
                pod, 137, "ContainerStatusUnknown", "The container could not be located when the pod was deleted.");
    }

    private static PodStatus status(Pod pod, String phase, ContainerState state, String ready, String reason) {
        List<PodCondition> conditions = new ArrayList<>(pod.getStatus().getConditions());
        conditions.removeIf(condition -> OURS.contains(condition.getType()));
        conditions.add(condition("Initialized", "True", ""));
        conditions.add(condition("Ready", ready, reason));
        conditions.add(condition("ContainersReady", ready, reason));
        Container container = pod.getSpec().getContainers().getFirst();
        return new PodStatusBuilder(pod.getStatus())
                .withPhase(phase)
                .withConditions(conditions)
                .withHostIP("127.0.0.1")
                .withContainerStatuses()
                .addNewContainerStatus()
                .withName(container.getName())
                .withImage(container.getImage())
                .withImageID("")
                .withResources(container.getResources())
                .withReady(ready.equals("True"))
                .withRestartCount(0)
                .withState(state)
                .endContainerStatus()
                .build();
    }

    private static PodCondition condition(String type, String status, String reason) {
        return new PodConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withLastTransitionTime(now())
                .build();
    }

    static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
