package dev.finetide.kit.work;

import dev.finetide.kit.attempt.Attempt;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.util.Optional;

/// Work that holds a worker, with only the fields that every tick looks at. The body of its resource is left out,
/// because there may be thousands.
///
/// @param waiting what keeps the worker from starting, as clients see it; the default message where nothing does
public record ActiveWork(String name, WorkState.Active state, Attempt attempt, WorkWaiting waiting) {
    public static Optional<ActiveWork> of(Supervised<?, ?> work) {
        return work.state() instanceof WorkState.Active active
                ? Optional.of(new ActiveWork(
                        work.name(),
                        active,
                        work.attempt(),
                        work.work().waiting().orElse(WorkWaiting.getDefaultInstance())))
                : Optional.empty();
    }

    /// Asks the launcher about the worker.
    Optional<WorkerStatus> status(Workers workers) {
        Optional<WorkWaiting> held =
                state instanceof WorkState.Held(WorkWaiting why) ? Optional.of(why) : Optional.empty();
        return workers.status(name, attempt.number(), held);
    }

    Optional<Workers.Exit> exit(Workers workers) {
        return workers.exit(name, attempt.number());
    }
}
