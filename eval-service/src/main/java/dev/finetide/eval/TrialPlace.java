package dev.finetide.eval;

import dev.finetide.kit.attempt.Place;
import dev.finetide.kit.attempt.Waiting;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.Optional;

/// Where an evaluation's worker stands as the launcher sees it.
final class TrialPlace {
    private TrialPlace() {}

    static Place<EvaluationState> of(Trial trial, Optional<Standing> standing, Instant now) {
        return switch (trial.state()) {
            case EvaluationState.Running running ->
                Place.starting(trial.attempt(), standing, trial.view().getWaiting(), running::hold);
            case EvaluationState.Held held -> Place.held(trial.attempt(), standing, held::admit, now);
            case EvaluationState.Queued _, EvaluationState.Ended _ -> new Place.Same<>();
        };
    }

    static Optional<Standing> standing(Trial trial, Workers workers) {
        Optional<WorkWaiting> held =
                trial.state() instanceof EvaluationState.Held(WorkWaiting why) ? Optional.of(why) : Optional.empty();
        return workers.standing(trial.name(), trial.attempt().number(), held);
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
