package dev.finetide.jinja;

/// Reports a template that cannot be parsed or rendered: the reason and the template's line.
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int line;
    private final String reason;

    TemplateException(int line, String reason) {
        super("template line " + line + ": " + reason);
        this.line = line;
        this.reason = reason;
    }

    /// Returns the template's line, counted from 1.
    public int line() {
        return line;
    }

    /// Returns the reason without the line: the template's own words where the template called `raise_exception`.
    public String reason() {
        return reason;
    }
}
