package dev.finetide.metrics.calls;

/// The tools of a row cannot be read, or the schema of one of them cannot be used.
public final class UnusableTools extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /// @param message one sentence without a text of the row
    public UnusableTools(String message) {
        super(message);
    }
}
