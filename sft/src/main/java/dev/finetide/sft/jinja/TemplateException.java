package dev.finetide.sft.jinja;

/// A template that cannot be parsed or rendered: what is wrong and on which line of the template.
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int line;
    private final String reason;

    TemplateException(int line, String reason) {
        super("template line " + line + ": " + reason);
        this.line = line;
        this.reason = reason;
    }

    /// The template's line, counted from 1.
    public int line() {
        return line;
    }

    /// What went wrong, without the line; the template's own words where it called `raise_exception`.
    public String reason() {
        return reason;
    }
}
