package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.training.v1.RunError;
import dev.finetide.proto.training.v1.RunWaiting;

/// The lifecycle of an evaluation. A transition is a method of the states it is legal from.
///
/// ```
/// Queued → Running → Succeeded | Failed        Queued, Held, Running → Cancelled
///    ↑────────┘ interrupted
/// Running ⇄ Held: in the queue of a cluster, which clients see as queued too
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
    sealed interface Active extends Open {
        default Succeeded finished(EvaluationReport report) {
            return new Succeeded(report);
        }

        default Failed failed(RunError error) {
            return new Failed(error);
        }

        /// The worker is gone without a whole result.
        ///
        /// @param retry whether there is another attempt
        default EvaluationState interrupted(boolean retry, RunError why) {
            return retry ? new Queued() : new Failed(why);
        }
    }

    record Running() implements Active {
        Held hold(RunWaiting why) {
            return new Held(why);
        }

        @Override
        public Evaluation.State shown() {
            return Evaluation.State.RUNNING;
        }
    }

    /// Launched, but the cluster keeps its worker in a queue.
    record Held(RunWaiting why) implements Active {
        Running admit() {
            return new Running();
        }

        @Override
        public Evaluation.State shown() {
            return Evaluation.State.QUEUED;
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
            case QUEUED -> evaluation.hasWaiting() ? new Held(evaluation.getWaiting()) : new Queued();
            case RUNNING -> new Running();
            case SUCCEEDED -> new Succeeded(evaluation.getReport());
            case FAILED -> new Failed(evaluation.getError());
            case CANCELLED -> new Cancelled();
            case STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException(evaluation.getName() + " is stored in state " + evaluation.getState());
        };
    }
}
