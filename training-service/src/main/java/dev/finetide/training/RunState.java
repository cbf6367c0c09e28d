package dev.finetide.training;

import dev.finetide.proto.training.v1.RunError;
import dev.finetide.proto.training.v1.RunWaiting;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingRun;

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
    TrainingRun.State shown();

    /// Waits for a device: new, or after an attempt that was interrupted.
    record Queued() implements RunState {
        Starting launch() {
            return new Starting();
        }

        Cancelled cancel() {
            return new Cancelled();
        }

        @Override
        public TrainingRun.State shown() {
            return TrainingRun.State.QUEUED;
        }
    }

    /// A worker was launched and may write.
    sealed interface Active extends RunState {
        Ended finished(TrainingOutput output);

        Ended failed(RunError error);

        /// The worker is gone without a result.
        ///
        /// @param retry whether the run has another attempt
        RunState interrupted(boolean retry, RunError why);
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
        default Ended failed(RunError error) {
            return new Failed(error);
        }

        @Override
        default RunState interrupted(boolean retry, RunError why) {
            return retry ? new Queued() : new Failed(why);
        }
    }

    /// The worker has not reported yet.
    record Starting() implements Working {
        Running started() {
            return new Running();
        }

        Held hold(RunWaiting why) {
            return new Held(why);
        }

        @Override
        public TrainingRun.State shown() {
            return TrainingRun.State.STARTING;
        }
    }

    /// Launched, but the cluster keeps its worker in a queue.
    record Held(RunWaiting why) implements Working {
        Starting admit() {
            return new Starting();
        }

        @Override
        public TrainingRun.State shown() {
            return TrainingRun.State.QUEUED;
        }
    }

    record Running() implements Working {
        @Override
        public TrainingRun.State shown() {
            return TrainingRun.State.RUNNING;
        }
    }

    /// The user's word was acknowledged: however the worker ends now, the run is cancelled.
    record Cancelling() implements Active {
        @Override
        public Cancelled finished(TrainingOutput output) {
            return new Cancelled();
        }

        @Override
        public Cancelled failed(RunError error) {
            return new Cancelled();
        }

        @Override
        public Cancelled interrupted(boolean retry, RunError why) {
            return new Cancelled();
        }

        @Override
        public TrainingRun.State shown() {
            return TrainingRun.State.CANCELLING;
        }
    }

    /// Nothing follows.
    sealed interface Ended extends RunState {}

    record Succeeded(TrainingOutput output) implements Ended {
        @Override
        public TrainingRun.State shown() {
            return TrainingRun.State.SUCCEEDED;
        }
    }

    record Failed(RunError error) implements Ended {
        @Override
        public TrainingRun.State shown() {
            return TrainingRun.State.FAILED;
        }
    }

    record Cancelled() implements Ended {
        @Override
        public TrainingRun.State shown() {
            return TrainingRun.State.CANCELLED;
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
            case PAUSING, PAUSED, STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException(run.getName() + " is stored in state " + run.getState());
        };
    }
}
