package dev.finetide.kit.work;

import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkWaiting;

/// The lifecycle of work that a worker process does. A transition is a method of the states from which it is legal.
///
/// ```
/// Queued → Starting → Running → Succeeded | Failed
///    ↑ └──────┬──────────┘ │
///    └─ interrupted        └→ Cancelling → Cancelled      (Queued → Cancelled immediately)
/// Starting ⇄ Held: in the queue of a cluster, which clients see as queued too
/// ```
public sealed interface WorkState {
    /// Returns the state as clients see it. A kind of work may show another one ([Supervised#shown]).
    State shown();

    /// Returns the state's value in the column `state`.
    default String column() {
        return shown().name();
    }

    /// A state in which nothing has ended the work yet.
    sealed interface Open extends WorkState {
        /// Ends the work without waiting for its worker.
        default Cancelled cancelAtOnce() {
            return new Cancelled();
        }
    }

    /// The work waits for a device: it is new, or its last attempt was interrupted.
    record Queued() implements Open {
        public Starting launch() {
            return new Starting();
        }

        /// Ends work that cannot be begun.
        public Failed refuse(WorkError why) {
            return new Failed(why);
        }

        @Override
        public State shown() {
            return State.QUEUED;
        }
    }

    /// A state in which a worker was launched and may write.
    sealed interface Active extends Open {
        /// Returns the end of work that its worker has done.
        Ended finished();

        /// Returns the end of work that cannot be done.
        Ended failed(WorkError error);

        /// Returns the state after a worker that is gone without a result.
        ///
        /// @param retry whether the work has another attempt
        WorkState interrupted(boolean retry, WorkError why);
    }

    /// A state in which a worker was launched and nobody has asked it to stop.
    sealed interface Working extends Active {
        default Cancelling cancel() {
            return new Cancelling();
        }

        @Override
        default Ended finished() {
            return new Succeeded();
        }

        @Override
        default Ended failed(WorkError error) {
            return new Failed(error);
        }

        @Override
        default WorkState interrupted(boolean retry, WorkError why) {
            return retry ? new Queued() : new Failed(why);
        }
    }

    /// The worker has not reported yet.
    record Starting() implements Working {
        public Running started() {
            return new Running();
        }

        public Held hold(WorkWaiting why) {
            return new Held(why);
        }

        @Override
        public State shown() {
            return State.STARTING;
        }
    }

    /// The attempt is launched, but the cluster keeps its worker in a queue.
    record Held(WorkWaiting why) implements Working {
        public Starting admit() {
            return new Starting();
        }

        @Override
        public State shown() {
            return State.QUEUED;
        }

        @Override
        public String column() {
            return "HELD";
        }
    }

    record Running() implements Working {
        @Override
        public State shown() {
            return State.RUNNING;
        }
    }

    /// A client's request to cancel was accepted: however the worker ends now, the work is cancelled.
    record Cancelling() implements Active {
        @Override
        public Cancelled finished() {
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

    /// A state that nothing follows.
    sealed interface Ended extends WorkState {}

    record Succeeded() implements Ended {
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

    /// Returns the state that the column `state` holds.
    ///
    /// @param waiting why a held worker waits
    /// @param error   why failed work failed
    static WorkState of(String column, WorkWaiting waiting, WorkError error) {
        return switch (column) {
            case "QUEUED" -> new Queued();
            case "STARTING" -> new Starting();
            case "HELD" -> new Held(waiting);
            case "RUNNING" -> new Running();
            case "CANCELLING" -> new Cancelling();
            case "SUCCEEDED" -> new Succeeded();
            case "FAILED" -> new Failed(error);
            case "CANCELLED" -> new Cancelled();
            default -> throw new IllegalStateException("column state: expected a state of work, got " + column);
        };
    }
}
