package dev.finetide.cli;

/// Exit codes of the commands. Picocli reports usage errors itself, with the number of USAGE.
public enum ExitCode {
    DONE(0),
    /// The run, the check or the command itself failed.
    FAILED(1),
    USAGE(2),
    NOT_FOUND(3),
    /// The state of a resource, a policy, or invalid input does not allow the command.
    REFUSED(4),
    /// A service cannot be reached.
    UNREACHABLE(5);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
