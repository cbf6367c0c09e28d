package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkWaiting;

/// The lifecycle of an evaluation. A transition is a method of the states it is legal from.
///
/// ```
/// Queued → Running → Succeeded | Failed        Queued, Held, Running → Cancelled
///    ↑────────┘ interrupted
/// Running ⇄ Held: in the queue of a cluster, which clients see as queued too
/// ```
sealed interface EvaluationState {
    /// As clients see it.
    State shown();

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
        Failed refuse(WorkError why) {
            return new Failed(why);
        }

        @Override
        public State shown() {
            return State.QUEUED;
        }
    }

    /// A worker was launched and may write.
    sealed interface Active extends Open {
        default Succeeded finished(EvaluationReport report) {
            return new Succeeded(report);
        }

        default Failed failed(WorkError error) {
            return new Failed(error);
        }

        /// The worker is gone without a whole result.
        ///
        /// @param retry whether there is another attempt
        default EvaluationState interrupted(boolean retry, WorkError why) {
            return retry ? new Queued() : new Failed(why);
        }
    }

    record Running() implements Active {
        Held hold(WorkWaiting why) {
            return new Held(why);
        }

        @Override
        public State shown() {
            return State.RUNNING;
        }
    }

    /// Launched, but the cluster keeps its worker in a queue.
    record Held(WorkWaiting why) implements Active {
        Running admit() {
            return new Running();
        }

        @Override
        public State shown() {
            return State.QUEUED;
        }
    }

    /// Nothing follows.
    sealed interface Ended extends EvaluationState {}

    record Succeeded(EvaluationReport report) implements Ended {
        @Override
        public State shown() {
            return State.SUCCEEDED;
        }
    }

    record Failed(WorkError error) implements Ended {
        @Override
        public State shown() {
            return State.FAILED;
        }
    }

    record Cancelled() implements Ended {
        @Override
        public State shown() {
            return State.CANCELLED;
        }
    }

    static EvaluationState of(Evaluation evaluation) {
        return switch (evaluation.getState()) {
            case QUEUED -> evaluation.hasWaiting() ? new Held(evaluation.getWaiting()) : new Queued();
            case RUNNING -> new Running();
            case SUCCEEDED -> new Succeeded(evaluation.getReport());
            case FAILED -> new Failed(evaluation.getError());
            case CANCELLED -> new Cancelled();
            case STARTING, CANCELLING, STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException(evaluation.getName() + " is stored in state " + evaluation.getState());
        };
    }
}
