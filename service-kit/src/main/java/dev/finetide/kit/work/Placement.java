package dev.finetide.kit.work;

import dev.finetide.kit.attempt.Attempt;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.work.v1.WorkWaiting;
import java.util.Optional;

/// Compares where the launcher sees a worker with what is stored. A worker that has not claimed its attempt yet may
/// wait in a cluster's queue, or be unable to start. Once the worker has claimed its attempt, its reports count
/// instead.
sealed interface Placement {
    /// Nothing has changed.
    record Same() implements Placement {}

    /// The cluster has taken the worker into its queue.
    record Enqueued(WorkState.Starting from, WorkWaiting why) implements Placement {}

    /// The cluster has let the worker out of its queue.
    record Admitted(WorkState.Held from) implements Placement {}

    /// The state is the same, but the worker waits for another reason, or for none any more.
    record Shown(Optional<WorkWaiting> waiting) implements Placement {}

    static Placement of(ActiveWork work, Optional<WorkerStatus> status) {
        return switch (work.state()) {
            case WorkState.Starting starting -> starting(starting, work, status);
            case WorkState.Held held ->
                Waiting.isQueued(status) && !work.attempt().isClaimed() ? new Same() : new Admitted(held);
            case WorkState.Running _, WorkState.Cancelling _ -> new Same();
        };
    }

    private static Placement starting(WorkState.Starting state, ActiveWork work, Optional<WorkerStatus> status) {
        Attempt attempt = work.attempt();
        Optional<WorkWaiting> waiting = attempt.isClaimed() ? Optional.empty() : Waiting.of(status);
        if (waiting.isPresent() && Waiting.isQueued(status)) {
            return new Enqueued(state, waiting.get());
        }
        // Places and messages change whenever another worker is admitted; only another reason is worth a write.
        WorkReason reason = waiting.map(WorkWaiting::getReason).orElse(WorkReason.WORK_REASON_UNSPECIFIED);
        return reason == work.waiting().getReason() ? new Same() : new Shown(waiting);
    }
}
