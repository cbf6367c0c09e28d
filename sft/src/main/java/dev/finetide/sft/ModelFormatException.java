package dev.finetide.sft;

/// A model, adapter or checkpoint on disk is not what its format says: the message names the file
/// and the field or tensor, with what was expected and what was found. Never carries example text.
public final class ModelFormatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
