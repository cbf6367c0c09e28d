package dev.finetide.kit.work;

import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.util.Optional;

/// Puts what a launched worker waits for into the words that clients see.
final class Waiting {
    private Waiting() {}

    /// Returns why the worker does not run; empty if it starts or runs.
    static Optional<WorkWaiting> of(Optional<WorkerStatus> status) {
        return status.filter(seen -> seen.kind() != WorkerStatus.Kind.RUNNING)
                .map(seen -> WorkWaiting.newBuilder()
                        .setPlace(seen.place())
                        .setReason(seen.kind() == WorkerStatus.Kind.QUEUED ? WorkReason.CLUSTER_QUEUE : seen.reason())
                        .setMessage(seen.message())
                        .build());
    }

    /// Returns whether the cluster holds the worker in a queue.
    static boolean isQueued(Optional<WorkerStatus> status) {
        return status.filter(seen -> seen.kind() == WorkerStatus.Kind.QUEUED).isPresent();
    }
}
