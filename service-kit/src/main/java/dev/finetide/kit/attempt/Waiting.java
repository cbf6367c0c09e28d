package dev.finetide.kit.attempt;

import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.util.Optional;

/// Where a worker stands, in the words that clients see.
public final class Waiting {
    private Waiting() {}

    /// Why the worker does not run; empty if it starts or runs.
    public static Optional<WorkWaiting> of(Optional<Standing> standing) {
        return standing.filter(its -> its.kind() != Standing.Kind.RUNNING)
                .map(its -> WorkWaiting.newBuilder()
                        .setPlace(its.place())
                        .setReason(its.kind() == Standing.Kind.QUEUED ? WorkReason.CLUSTER_QUEUE : its.reason())
                        .setMessage(its.message())
                        .build());
    }

    /// Whether the cluster holds it in a queue.
    static boolean isQueued(Optional<Standing> standing) {
        return standing.filter(its -> its.kind() == Standing.Kind.QUEUED).isPresent();
    }
}
