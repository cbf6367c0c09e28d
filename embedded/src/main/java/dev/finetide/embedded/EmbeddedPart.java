package dev.finetide.embedded;

import java.io.IOException;
import java.util.Optional;

/// A part that runs as a child process, can be stopped, and can be started again with its stored data.
public interface EmbeddedPart extends AutoCloseable {

    /// Starts the child and returns when it serves.
    ///
    /// @throws StartFailedException if the child ends before it serves, or takes too long; its log says why
    ChildProcess start() throws IOException, InterruptedException;

    /// Returns the child that was started last, even if it is not ready yet or has ended.
    Optional<ChildProcess> process();

    /// Stops the child gracefully. A start in progress fails. Does nothing if no child runs.
    @Override
    void close();
}
