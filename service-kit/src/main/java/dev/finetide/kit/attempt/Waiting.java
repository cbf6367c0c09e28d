package dev.finetide.kit.attempt;

import dev.finetide.kit.launch.WorkerLauncher.Standing;
import dev.finetide.proto.training.v1.RunWaiting;
import java.util.Optional;

/// Where a worker stands, in the words that clients see.
public final class Waiting {
    private static final String CLUSTER_QUEUE = "CLUSTER_QUEUE";

    private Waiting() {}

    /// Why the worker does not run; empty if it starts or runs.
    public static Optional<RunWaiting> of(Optional<Standing> standing) {
        return standing.filter(its -> its.kind() != Standing.Kind.RUNNING)
                .map(its -> RunWaiting.newBuilder()
                        .setPlace(its.place())
                        .setReason(its.kind() == Standing.Kind.QUEUED ? CLUSTER_QUEUE : its.reason())
                        .setMessage(its.message())
                        .build());
    }

    /// Whether the cluster holds it in a queue.
    static boolean isQueued(Optional<Standing> standing) {
        return standing.filter(its -> its.kind() == Standing.Kind.QUEUED).isPresent();
    }
}
