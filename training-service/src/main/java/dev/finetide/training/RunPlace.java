package dev.finetide.training;

import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.training.v1.RunError;
import dev.finetide.proto.training.v1.RunWaiting;
import java.util.Optional;

/// What the launcher sees of a worker, in the words of a run.
final class RunPlace {
    static final String CLUSTER_QUEUE = "CLUSTER_QUEUE";

    private RunPlace() {}

    static boolean isQueued(Optional<Standing> standing) {
        return standing.filter(its -> its.kind() == Standing.Kind.QUEUED).isPresent();
    }

    /// Why the worker does not run; empty if it starts or runs.
    static Optional<RunWaiting> waiting(Optional<Standing> standing) {
        return standing.filter(its -> its.kind() != Standing.Kind.RUNNING)
                .map(its -> RunWaiting.newBuilder()
                        .setPlace(its.place())
                        .setReason(its.kind() == Standing.Kind.QUEUED ? CLUSTER_QUEUE : its.reason())
                        .setMessage(its.message())
                        .build());
    }

    /// Places and messages change with every run that is admitted: only another reason is worth a write.
    static boolean isSame(Optional<RunWaiting> now, Run run) {
        return now.map(RunWaiting::getReason)
                .orElse("")
                .equals(run.view().getWaiting().getReason());
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
