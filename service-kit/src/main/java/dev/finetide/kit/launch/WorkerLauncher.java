package dev.finetide.kit.launch;

import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Starts and stops the programs that train and evaluate: child processes on one machine, Jobs on a cluster. Decides
/// nothing: what an exit means is the main-path class's affair. Thread-safe.
public interface WorkerLauncher {
    /// A worker process that is over.
    ///
    /// @param exitCode empty when nobody saw it (the service was restarted meanwhile)
    record WorkerExit(String resource, int attempt, OptionalInt exitCode) {}

    /// Starts the worker of one attempt. Launching an attempt again changes nothing, except that its exit, if it is
    /// over, is told again. A program that cannot be started is told as an exit too, and the log says why.
    void launch(WorkerSpec spec);

    /// Asks the attempt's worker to save and exit (SIGTERM), and ends it after a grace period. Where there is no such
    /// worker any more its exit is told again.
    void stop(String resource, int attempt);

    /// Called on a thread of the launcher's for every exit. Set once, before the first launch.
    void onExit(Consumer<WorkerExit> listener);

    /// What the attempt's worker has written so far; empty stream if nothing.
    InputStream log(String resource, int attempt) throws IOException;
}
