package dev.finetide.metrics.calls;

/// The reference of a row holds calls in a form that is not known.
public final class UnusableReference extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /// @param message one sentence without a text of the row
    UnusableReference(String message) {
        super(message);
    }
}
