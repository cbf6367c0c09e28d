package dev.finetide.training;

import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkWaiting;

/// The lifecycle of a training run. A transition is a method of the states it is legal from.
///
/// ```
/// Queued → Starting → Running → Succeeded | Failed
///    ↑ └──────┬──────────┘ │
///    └─ interrupted        └→ Cancelling → Cancelled      (Queued → Cancelled at once)
/// Starting ⇄ Held: in the queue of a cluster, which clients see as queued too
/// ```
sealed interface RunState {
    /// As clients see it.
    State shown();

    /// Waits for a device: new, or after an attempt that was interrupted.
    record Queued() implements RunState {
        Starting launch() {
            return new Starting();
        }

        Cancelled cancel() {
            return new Cancelled();
        }

        @Override
        public State shown() {
            return State.QUEUED;
        }
    }

    /// A worker was launched and may write.
    sealed interface Active extends RunState {
        Ended finished(TrainingOutput output);

        Ended failed(WorkError error);

        /// The worker is gone without a result.
        ///
        /// @param retry whether the run has another attempt
        RunState interrupted(boolean retry, WorkError why);
    }

    /// Active and not asked to stop.
    sealed interface Working extends Active {
        default Cancelling cancel() {
            return new Cancelling();
        }

        @Override
        default Ended finished(TrainingOutput output) {
            return new Succeeded(output);
        }

        @Override
        default Ended failed(WorkError error) {
            return new Failed(error);
        }

        @Override
        default RunState interrupted(boolean retry, WorkError why) {
            return retry ? new Queued() : new Failed(why);
        }
    }

    /// The worker has not reported yet.
    record Starting() implements Working {
        Running started() {
            return new Running();
        }

        Held hold(WorkWaiting why) {
            return new Held(why);
        }

        @Override
        public State shown() {
            return State.STARTING;
        }
    }

    /// Launched, but the cluster keeps its worker in a queue.
    record Held(WorkWaiting why) implements Working {
        Starting admit() {
            return new Starting();
        }

        @Override
        public State shown() {
            return State.QUEUED;
        }
    }

    record Running() implements Working {
        /// A dry run has made its estimate: there is no more to do.
        Succeeded estimated() {
            return new Succeeded(TrainingOutput.getDefaultInstance());
        }

        @Override
        public State shown() {
            return State.RUNNING;
        }
    }

    /// The user's word was acknowledged: however the worker ends now, the run is cancelled.
    record Cancelling() implements Active {
        @Override
        public Cancelled finished(TrainingOutput output) {
            return new Cancelled();
        }

        @Override
        public Cancelled failed(WorkError error) {
            return new Cancelled();
        }

        @Override
        public Cancelled interrupted(boolean retry, WorkError why) {
            return new Cancelled();
        }

        @Override
        public State shown() {
            return State.CANCELLING;
        }
    }

    /// Nothing follows.
    sealed interface Ended extends RunState {}

    record Succeeded(TrainingOutput output) implements Ended {
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

    static RunState of(TrainingRun run) {
        return switch (run.getState()) {
            case QUEUED -> run.hasWaiting() ? new Held(run.getWaiting()) : new Queued();
            case STARTING -> new Starting();
            case RUNNING -> new Running();
            case CANCELLING -> new Cancelling();
            case SUCCEEDED -> new Succeeded(run.getOutput());
            case FAILED -> new Failed(run.getError());
            case CANCELLED -> new Cancelled();
            case STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException(run.getName() + " is stored in state " + run.getState());
        };
    }
}
