package dev.finetide.kit.attempt;

import dev.finetide.proto.work.v1.WorkError;

/// The service's verdict about the worker of an active attempt, reached without a report of that worker.
public sealed interface WorkerVerdict {
    /// The worker works, or has not been silent for long enough to count as lost.
    record Alive() implements WorkerVerdict {}

    /// The worker is gone, and another attempt may do better.
    ///
    /// @param counted whether the loss counts against the user's limit of attempts
    record Lost(WorkError why, boolean counted) implements WorkerVerdict {}

    /// The worker ended for a reason that another attempt cannot cure.
    record Fatal(WorkError why) implements WorkerVerdict {}
}
