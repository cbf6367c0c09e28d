package dev.finetide.training;

import dev.finetide.kit.attempt.Waiting;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import java.util.Optional;

/// Where a run's worker stands as the launcher sees it.
final class RunPlace {
    private RunPlace() {}

    /// Whether its machine does not answer any more.
    static boolean isLost(Optional<Standing> standing) {
        return standing.filter(its -> its.kind() == Standing.Kind.LOST).isPresent();
    }

    /// As clients see it, with its place of this moment, which is not worth storing.
    static TrainingRun shown(Run run, Workers workers) {
        if (!run.view().hasWaiting()) {
            return run.view();
        }
        return Waiting.of(ActiveRun.of(run).flatMap(active -> active.standing(workers)))
                .map(waiting -> run.view().toBuilder().setWaiting(waiting).build())
                .orElse(run.view());
    }

    /// A worker that was killed for memory may have said before what it would need.
    static WorkError withEstimate(WorkError why, Run run) {
        long expected = run.view().getEstimate().getPeakMemoryBytes();
        if (why.getReason() != WorkReason.OUT_OF_MEMORY || expected == 0) {
            return why;
        }
        return why.toBuilder()
                .setMessage("%s; the worker expected to need %.1f GiB"
                        .formatted(why.getMessage(), (double) expected / (1L << 30)))
                .build();
    }
}
