package dev.finetide.eval;

import dev.finetide.kit.attempt.Waiting;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.training.v1.RunWaiting;
import java.time.Instant;
import java.util.Optional;

/// What the launcher sees of an evaluation's worker that has not claimed it yet: it may wait in a
/// cluster's queue, or be unable to start.
sealed interface TrialPlace {
    /// As it was.
    record Same() implements TrialPlace {}

    /// Into the cluster's queue, or out of it.
    record Moved(Trial trial, EvaluationState to, String cause) implements TrialPlace {}

    /// In the same state, for another reason.
    record Shown(Trial trial) implements TrialPlace {}

    static TrialPlace of(Trial trial, Optional<Standing> standing, Instant now) {
        Optional<RunWaiting> waiting = Waiting.of(standing);
        boolean queued = Waiting.isQueued(standing);
        boolean claimed = trial.attempt().isClaimed();
        return switch (trial.state()) {
            case EvaluationState.Running running
            when queued && !claimed -> new Moved(trial, running.hold(waiting.get()), "in the cluster's queue");
            // Admitted, it has its whole time to start.
            case EvaluationState.Held held
            when !queued || claimed ->
                new Moved(
                        trial.with(trial.attempt().heard(trial.attempt().lastSequence(), now)),
                        held.admit(),
                        "admitted by the cluster");
            case EvaluationState.Running _
            when !reason(claimed ? Optional.empty() : waiting)
                    .equals(trial.view().getWaiting().getReason()) ->
                new Shown(trial.waiting(claimed ? Optional.empty() : waiting));
            default -> new Same();
        };
    }

    /// Places and messages change with everybody who is admitted: only another reason is worth a write.
    private static String reason(Optional<RunWaiting> waiting) {
        return waiting.map(RunWaiting::getReason).orElse("");
    }

    static Optional<Standing> standing(Trial trial, Workers workers) {
        Optional<Standing> standing =
                workers.standing(trial.name(), trial.attempt().number());
        return trial.state() instanceof EvaluationState.Held(RunWaiting why)
                ? standing.or(() -> Optional.of(Waiting.still(why)))
                : standing;
    }

    /// As clients see it, with its place of this moment, which is not worth storing.
    static Evaluation shown(Trial trial, Workers workers) {
        if (!trial.view().hasWaiting()) {
            return trial.view();
        }
        return Waiting.of(standing(trial, workers))
                .map(waiting -> trial.view().toBuilder().setWaiting(waiting).build())
                .orElse(trial.view());
    }
}
