package dev.finetide.retrieval.document;

/// A document that cannot be read. The message names the file, and for a record its line, and never holds text
/// of the document.
public final class DocumentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String file;

    public DocumentException(String file, String message) {
        super(file + " " + message);
        this.file = file;
    }

    /// Returns the name of the file as the caller gave it.
    public String file() {
        return file;
    }
}
