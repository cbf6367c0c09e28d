package dev.finetide.cli;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// Ends a command with one message for the user and an exit code for scripts.
public final class CommandFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final ExitCode exitCode;
    private final transient List<String> details;

    /// @param message what is wrong with which thing, and what to do about it; without a closing dot
    public CommandFailedException(ExitCode exitCode, String message) {
        this(exitCode, message, null);
    }

    public CommandFailedException(ExitCode exitCode, String message, Throwable cause) {
        this(exitCode, message, List.of(), cause);
    }

    /// @param details further lines, such as one for each bad row
    public CommandFailedException(ExitCode exitCode, String message, List<String> details, Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.exitCode = exitCode;
        this.details = List.copyOf(details);
    }

    public ExitCode exitCode() {
        return exitCode;
    }

    public List<String> details() {
        return details;
    }

    /// Returns the same failure with one more line.
    CommandFailedException withDetail(String line) {
        return new CommandFailedException(
                exitCode,
                getMessage(),
                Stream.concat(details.stream(), Stream.of(line)).toList(),
                getCause());
    }

    public static CommandFailedException notFound(String message) {
        return new CommandFailedException(ExitCode.NOT_FOUND, message);
    }

    public static CommandFailedException refused(String message) {
        return new CommandFailedException(ExitCode.REFUSED, message);
    }

    public static CommandFailedException failed(String message) {
        return new CommandFailedException(ExitCode.FAILED, message);
    }

    public static CommandFailedException unreachable(String message, Throwable cause) {
        return new CommandFailedException(ExitCode.UNREACHABLE, message, cause);
    }
}
