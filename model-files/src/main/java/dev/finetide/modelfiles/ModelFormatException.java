package dev.finetide.modelfiles;

/// Reports a model, adapter or checkpoint on disk that is not as its format demands. The message names the file and
/// the field or tensor, the expected and the found value, and never carries example text.
public final class ModelFormatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
