package dev.finetide.cli;

/// What a script learns from a command. Usage errors are picocli's own, with the same number.
public enum ExitCode {
    DONE(0),
    /// The run, the check or the command itself failed.
    FAILED(1),
    USAGE(2),
    NOT_FOUND(3),
    /// Refused: by the resource's state, by a policy, or because the input is invalid.
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
