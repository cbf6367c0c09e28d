package dev.finetide.kit.launch;

import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/// Starts and stops the programs that train and evaluate: child processes on one machine, Jobs on a cluster. Decides
/// nothing: what an exit means is the main-path class's affair. Thread-safe.
public interface WorkerLauncher extends AutoCloseable {
    /// A worker process that is over.
    ///
    /// @param exitCode empty when nobody saw it (the service was restarted meanwhile)
    /// @param cause    what the launcher knows beyond the exit code
    record WorkerExit(String resource, int attempt, OptionalInt exitCode, Optional<ExitCause> cause) {
        public WorkerExit(String resource, int attempt, OptionalInt exitCode) {
            this(resource, attempt, exitCode, Optional.empty());
        }
    }

    /// Why a worker ended.
    record ExitCause(Remedy remedy, WorkReason reason, String message) {}

    /// The remedy after an exit.
    enum Remedy {
        /// Another attempt, counted against the user's limit.
        RETRY,
        /// Another attempt, not counted: whoever runs the machines took this one away.
        RETRY_UNCOUNTED,
        /// Nothing: the next attempt would end the same way.
        NONE
    }

    /// Where a launched worker stands that is not over.
    ///
    /// @param place   in the cluster's queue, from 1; 0 where it is in none or its place is not known
    /// @param reason  WORK_REASON_UNSPECIFIED while nothing is wrong
    /// @param message for a person
    record WorkerStatus(Kind kind, int place, WorkReason reason, String message) {
        public enum Kind {
            /// Held in a queue until there is room: time does not count.
            QUEUED,
            /// Cannot start, for a reason that may pass.
            BLOCKED,
            /// Starts or runs.
            RUNNING,
            /// Runs on a machine that does not answer any more.
            LOST
        }
    }

    /// Starts the worker of one attempt. Launching an attempt again changes nothing, except that its exit, if it is
    /// over, is told again. A program that cannot be started is told as an exit too, and the log says why.
    void launch(WorkerSpec spec);

    /// Asks the attempt's worker to save and exit (SIGTERM), and ends it after a grace period. Where there is no such
    /// worker any more its exit is told again.
    void stop(String resource, int attempt);

    /// Where the attempt's worker stands, from memory; empty if the launcher has nothing to say.
    default Optional<WorkerStatus> status(String resource, int attempt) {
        return Optional.empty();
    }

    /// Stops what works for resources that need no worker any more, left behind by an earlier life of this service.
    ///
    /// @param resources all that do need one
    default void retain(Set<String> resources) {}

    /// Called on a thread of the launcher's for every exit. Set once, before the first launch.
    void onExit(Consumer<WorkerExit> listener);

    /// Opens the log that the attempt's worker has written so far; an empty stream if there is none.
    InputStream log(String resource, int attempt) throws IOException;

    /// Lets go of what the launcher holds itself; workers go on. Most hold nothing.
    @Override
    default void close() {}
}
