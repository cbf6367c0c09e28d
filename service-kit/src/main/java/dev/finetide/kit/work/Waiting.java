package dev.finetide.kit.work;

import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.util.Optional;

/// Says in the words that clients see what a launched worker waits for.
final class Waiting {
    private Waiting() {}

    /// Why the worker does not run; empty if it starts or runs.
    static Optional<WorkWaiting> of(Optional<WorkerStatus> status) {
        return status.filter(seen -> seen.kind() != WorkerStatus.Kind.RUNNING)
                .map(seen -> WorkWaiting.newBuilder()
                        .setPlace(seen.place())
                        .setReason(seen.kind() == WorkerStatus.Kind.QUEUED ? WorkReason.CLUSTER_QUEUE : seen.reason())
                        .setMessage(seen.message())
                        .build());
    }

    /// Whether the cluster holds the worker in a queue.
    static boolean isQueued(Optional<WorkerStatus> status) {
        return status.filter(seen -> seen.kind() == WorkerStatus.Kind.QUEUED).isPresent();
    }
}
