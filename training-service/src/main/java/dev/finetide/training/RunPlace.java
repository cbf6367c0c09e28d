package dev.finetide.training;

import dev.finetide.kit.attempt.Waiting;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.training.v1.RunError;
import dev.finetide.proto.training.v1.RunWaiting;
import dev.finetide.proto.training.v1.TrainingRun;
import java.time.Instant;
import java.util.Optional;

/// What the launcher sees of a run's worker that has not reported yet: it may wait in a cluster's
/// queue, or be unable to start.
sealed interface RunPlace {
    /// As it was.
    record Same() implements RunPlace {}

    /// Into the cluster's queue, or out of it.
    record Moved(Run run, RunState to, String cause) implements RunPlace {}

    /// In the same state, for another reason.
    record Shown(Run run) implements RunPlace {}

    static RunPlace of(Run run, Optional<Standing> standing, Instant now) {
        Optional<RunWaiting> waiting = Waiting.of(standing);
        boolean queued = Waiting.isQueued(standing);
        return switch (run.state()) {
            case RunState.Starting starting
            when queued -> new Moved(run, starting.hold(waiting.get()), "in the cluster's queue");
            // Admitted, it has its whole time to start.
            case RunState.Held held
            when !queued ->
                new Moved(
                        run.with(run.attempt().heard(run.attempt().lastSequence(), now)),
                        held.admit(),
                        "admitted by the cluster");
            case RunState.Starting _ when !isSame(waiting, run) -> new Shown(run.waiting(waiting));
            default -> new Same();
        };
    }

    /// Places and messages change with every run that is admitted: only another reason is worth a write.
    private static boolean isSame(Optional<RunWaiting> now, Run run) {
        return now.map(RunWaiting::getReason)
                .orElse("")
                .equals(run.view().getWaiting().getReason());
    }

    static Optional<Standing> standing(Run run, Workers workers) {
        Optional<Standing> standing = workers.standing(run.name(), run.attempt().number());
        return run.state() instanceof RunState.Held(RunWaiting why)
                ? standing.or(() -> Optional.of(Waiting.still(why)))
                : standing;
    }

    /// Whether its machine does not answer any more.
    static boolean isLost(Optional<Standing> standing) {
        return standing.filter(its -> its.kind() == Standing.Kind.LOST).isPresent();
    }

    /// As clients see it, with its place of this moment, which is not worth storing.
    static TrainingRun shown(Run run, Workers workers) {
        if (!run.view().hasWaiting()) {
            return run.view();
        }
        return Waiting.of(standing(run, workers))
                .map(waiting -> run.view().toBuilder().setWaiting(waiting).build())
                .orElse(run.view());
    }

    /// A worker that was killed for memory may have said before what it would need.
    static RunError withEstimate(RunError why, Run run) {
        long expected = run.view().getEstimate().getPeakMemoryBytes();
        if (!why.getReason().equals("OUT_OF_MEMORY") || expected == 0) {
            return why;
        }
        return why.toBuilder()
                .setMessage("%s; the worker expected to need %.1f GiB"
                        .formatted(why.getMessage(), (double) expected / (1L << 30)))
                .build();
    }
}
