package dev.finetide.training;

import dev.finetide.kit.attempt.Attempt;
import dev.finetide.kit.attempt.Place;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.time.Instant;
import java.util.Optional;

/// A run that holds a worker, as far as every tick looks at it: without what it is made from and what it has done,
/// because there may be thousands.
///
/// @param waiting what keeps its worker from starting, as clients see it; empty where nothing does
record ActiveRun(String name, RunState.Active state, Attempt attempt, WorkWaiting waiting) {
    static Optional<ActiveRun> of(Run run) {
        return run.state() instanceof RunState.Active active
                ? Optional.of(new ActiveRun(
                        run.name(), active, run.attempt(), run.view().getWaiting()))
                : Optional.empty();
    }

    /// Where its worker stands as the launcher sees it.
    Optional<Standing> standing(Workers workers) {
        Optional<WorkWaiting> held =
                state instanceof RunState.Held(WorkWaiting why) ? Optional.of(why) : Optional.empty();
        return workers.standing(name, attempt.number(), held);
    }

    Place<RunState> place(Optional<Standing> standing, Instant now) {
        return switch (state) {
            case RunState.Starting starting -> Place.starting(attempt, standing, waiting, starting::hold);
            case RunState.Held held -> Place.held(attempt, standing, held::admit, now);
            case RunState.Running _, RunState.Cancelling _ -> new Place.Same<>();
        };
    }
}
