package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.training.v1.RunError;

/// The lifecycle of an evaluation. A transition is a method of the states it is legal from.
///
/// ```
/// Queued → Running → Succeeded | Failed        Queued, Running → Cancelled
///    ↑────────┘ interrupted
/// ```
sealed interface EvaluationState {
    /// As clients see it.
    Evaluation.State shown();

    /// Not ended yet.
    sealed interface Open extends EvaluationState {
        default Cancelled cancel() {
            return new Cancelled();
        }
    }

    /// Waits for a device: new, or after an attempt that was interrupted.
    record Queued() implements Open {
        Running launch() {
            return new Running();
        }

        /// There is nothing to evaluate on.
        Failed refuse(RunError why) {
            return new Failed(why);
        }

        @Override
        public Evaluation.State shown() {
            return Evaluation.State.QUEUED;
        }
    }

    /// A worker was launched and may write.
    record Running() implements Open {
        Succeeded finished(EvaluationReport report) {
            return new Succeeded(report);
        }

        Failed failed(RunError error) {
            return new Failed(error);
        }

        /// The worker is gone without a whole result.
        ///
        /// @param retry whether there is another attempt
        EvaluationState interrupted(boolean retry, RunError why) {
            return retry ? new Queued() : new Failed(why);
        }

        @Override
        public Evaluation.State shown() {
            return Evaluation.State.RUNNING;
        }
    }

    /// Nothing follows.
    sealed interface Ended extends EvaluationState {}

    record Succeeded(EvaluationReport report) implements Ended {
        @Override
        public Evaluation.State shown() {
            return Evaluation.State.SUCCEEDED;
        }
    }

    record Failed(RunError error) implements Ended {
        @Override
        public Evaluation.State shown() {
            return Evaluation.State.FAILED;
        }
    }

    record Cancelled() implements Ended {
        @Override
        public Evaluation.State shown() {
            return Evaluation.State.CANCELLED;
        }
    }

    static EvaluationState of(Evaluation evaluation) {
        return switch (evaluation.getState()) {
            case QUEUED -> new Queued();
            case RUNNING -> new Running();
            case SUCCEEDED -> new Succeeded(evaluation.getReport());
            case FAILED -> new Failed(evaluation.getError());
            case CANCELLED -> new Cancelled();
            case STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException(evaluation.getName() + " is stored in state " + evaluation.getState());
        };
    }
}
