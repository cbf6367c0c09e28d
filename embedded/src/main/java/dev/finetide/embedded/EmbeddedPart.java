package dev.finetide.embedded;

import java.io.IOException;
import java.util.Optional;

/// Something that runs as a child process, can be stopped, and can be started again with what it had stored.
public interface EmbeddedPart extends AutoCloseable {

    /// Starts the child and returns when it serves.
    ///
    /// @throws StartFailedException if it ends before that or takes too long; its log says why
    ChildProcess start() throws IOException, InterruptedException;

    /// The child started last, also while it is not ready yet or has ended.
    Optional<ChildProcess> process();

    /// Stops the child in order; a start that is under way fails. Does nothing if none runs.
    @Override
    void close();
}
