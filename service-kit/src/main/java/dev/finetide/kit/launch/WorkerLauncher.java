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
/// nothing: the main-path class decides what an exit means. Thread-safe.
public interface WorkerLauncher extends AutoCloseable {
    /// A worker process that has ended.
    ///
    /// @param exitCode exit code; empty when nobody saw it, because the service was restarted meanwhile
    /// @param cause    cause that the launcher knows in addition to the exit code
    record WorkerExit(String resource, int attempt, OptionalInt exitCode, Optional<ExitCause> cause) {
        public WorkerExit(String resource, int attempt, OptionalInt exitCode) {
            this(resource, attempt, exitCode, Optional.empty());
        }
    }

    /// The cause of a worker's end.
    record ExitCause(Remedy remedy, WorkReason reason, String message) {}

    /// The remedy after an exit.
    enum Remedy {
        /// Another attempt follows, and counts against the user's limit.
        RETRY,
        /// Another attempt follows, and is not counted: the machine's operator took it away.
        RETRY_UNCOUNTED,
        /// No attempt follows, because it would end the same way.
        NONE
    }

    /// The status of a launched worker that has not ended.
    ///
    /// @param place   place in the cluster's queue, from 1; 0 if the worker is in no queue or its place is unknown
    /// @param reason  WORK_REASON_UNSPECIFIED while nothing is wrong
    /// @param message text for a person
    record WorkerStatus(Kind kind, int place, WorkReason reason, String message) {
        public enum Kind {
            /// The worker is held in a queue until there is room; meanwhile no time limit counts.
            QUEUED,
            /// The worker cannot start, for a reason that may pass.
            BLOCKED,
            /// The worker starts or runs.
            RUNNING,
            /// The worker runs on a machine that does not answer any more.
            LOST
        }
    }

    /// Starts the worker of one attempt. Launching an attempt again changes nothing, but if the worker has ended, its
    /// exit is reported again. A program that cannot be started is reported as an exit, too, and the log says why.
    void launch(WorkerSpec spec);

    /// Asks the attempt's worker to save and exit (SIGTERM), and kills it after a grace period. If there is no such
    /// worker any more, its exit is reported again.
    void stop(String resource, int attempt);

    /// Returns where the attempt's worker stands, from memory; empty if the launcher does not know.
    default Optional<WorkerStatus> status(String resource, int attempt) {
        return Optional.empty();
    }

    /// Stops workers that an earlier life of this service left behind and whose resources need none any more.
    ///
    /// @param resources all resources that do need a worker
    default void retain(Set<String> resources) {}

    /// Sets the listener that gets every exit, on a thread of the launcher. Called once, before the first launch.
    void onExit(Consumer<WorkerExit> listener);

    /// Opens the log that the attempt's worker has written so far; an empty stream if there is none.
    InputStream log(String resource, int attempt) throws IOException;

    /// Releases what the launcher itself holds; workers go on. Most launchers hold nothing.
    @Override
    default void close() {}
}
