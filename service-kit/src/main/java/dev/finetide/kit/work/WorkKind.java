package dev.finetide.kit.work;

import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.time.Instant;

/// Makes the decisions that belong to one kind of work; [SupervisedWork] makes the rest. Every method but [#spec] is
/// called in a transaction that holds the work's lock.
///
/// @param <W> the kind's record
public interface WorkKind<W extends Supervised<W, ?>> {
    ResourceType type();

    /// Returns the service's name, which is the actor of its changes.
    String service();

    /// Returns the specification of the current attempt's worker.
    WorkerSpec spec(W work);

    /// Answers a worker that has claimed its attempt, and stores the claim.
    ///
    /// @param claimed the work with the new epoch
    ClaimAttemptResponse claimed(W claimed);

    /// Takes a worker's first report, and stores it.
    ///
    /// @param running the next state
    void started(W work, WorkState.Running running, WorkerStarted report);

    /// Takes a report that only this kind of work has, and stores it.
    void report(W work, WorkState.Active state, WorkerEvent event);

    /// Appends the update of a change of state and publishes its event. Called after the row was written.
    void announce(W work, Instant now);

    /// Appends the update for a change of what the worker waits for. The state does not change.
    void show(W work, Instant now);

    /// Adds what this kind knows to an error that ends the work.
    default WorkError explained(WorkError why, W work) {
        return why;
    }
}
