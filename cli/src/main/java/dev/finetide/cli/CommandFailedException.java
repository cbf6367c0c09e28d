package dev.finetide.cli;

import java.util.Objects;

/// Ends a command with one line for the user and an exit code for scripts.
public final class CommandFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final ExitCode exitCode;

    /// @param message what is wrong with which thing, and what to do about it; without a closing dot
    public CommandFailedException(ExitCode exitCode, String message) {
        this(exitCode, message, null);
    }

    public CommandFailedException(ExitCode exitCode, String message, Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.exitCode = exitCode;
    }

    public ExitCode exitCode() {
        return exitCode;
    }
}
