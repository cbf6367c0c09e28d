package dev.finetide.cli;

/// A failure of the client alone: what it waited for goes on without it.
public final class GoesOnException extends RuntimeException {
    private final String hint;

    /// @param hint sentence for the user: what goes on, and which command follows it again
    public GoesOnException(String hint, RuntimeException cause) {
        super(cause.getMessage(), cause);
        this.hint = hint;
    }

    public String hint() {
        return hint;
    }
}
