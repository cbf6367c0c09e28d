package dev.finetide.kubernetes;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.launch.WorkerLauncher.ExitCause;
import dev.finetide.kit.launch.WorkerLauncher.Remedy;
import dev.finetide.kit.launch.WorkerLauncher.WorkerExit;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.TrainTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// The attempts of one run, made as its service makes them, with the exits and states that the launcher reports.
final class Attempts {
    static final String RUN = "projects/default/trainingRuns/run-1";

    final List<WorkerExit> exits = new CopyOnWriteArrayList<>();
    private final ContractCluster cluster;
    private Optional<KubernetesWorkerLauncher> launcher = Optional.empty();

    Attempts(ContractCluster cluster) {
        this.cluster = cluster;
    }

    KubernetesWorkerLauncher launch(int attempt) {
        return launch(launcher.orElseGet(() -> cluster.launcher(exits::add)), attempt);
    }

    KubernetesWorkerLauncher launch(KubernetesWorkerLauncher with, int attempt) {
        launcher = Optional.of(with);
        with.launch(spec(RUN, attempt));
        return with;
    }

    /// Stops the attempt before this one and launches this one, as a service does after a lost worker.
    void next(int attempt) {
        launcher.orElseThrow().stop(RUN, attempt - 1);
        launch(attempt);
    }

    static WorkerSpec spec(String run, int attempt) {
        return WorkerSpec.newBuilder()
                .setResource(run)
                .setAttempt(attempt)
                .setTrain(TrainTask.getDefaultInstance())
                .build();
    }

    Pod awaitOnePod(int attempt) {
        await().until(() -> cluster.pod(RUN, attempt)
                .filter(pod -> "Running".equals(pod.getStatus().getPhase()))
                .isPresent());
        assertThat(cluster.pods(RUN, attempt)).isEqualTo(1);
        return cluster.pod(RUN, attempt).orElseThrow();
    }

    WorkerStatus awaitStanding(int attempt, WorkerStatus.Kind kind) {
        return await().until(
                        () -> launcher.orElseThrow().status(RUN, attempt),
                        its -> its.filter(one -> one.kind() == kind).isPresent())
                .orElseThrow();
    }

    /// @return message that a person reads
    String awaitBlocked(WorkReason reason) {
        return awaitBlocked(1, reason);
    }

    String awaitBlocked(int attempt, WorkReason reason) {
        return await().until(
                        () -> launcher.orElseThrow().status(RUN, attempt),
                        its -> its.filter(one -> one.kind() == WorkerStatus.Kind.BLOCKED
                                        && one.reason().equals(reason))
                                .isPresent())
                .orElseThrow()
                .message();
    }

    Remedy awaitExit(int attempt) {
        return awaitCause(attempt).remedy();
    }

    ExitCause awaitCause(int attempt) {
        await().until(() -> exits.stream().anyMatch(exit -> exit.attempt() == attempt));
        return exits.stream()
                .filter(exit -> exit.attempt() == attempt)
                .findFirst()
                .flatMap(WorkerExit::cause)
                .orElseThrow(() -> new AssertionError("no cause in " + exits));
    }
}
