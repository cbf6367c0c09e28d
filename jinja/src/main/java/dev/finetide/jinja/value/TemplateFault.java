package dev.finetide.jinja.value;

/// A fault in a template, with the line that is at fault. `JinjaTemplate` turns the fault into the `TemplateException`
/// that callers see.
public final class TemplateFault extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int line;

    /// @param line line of the template, counted from 1
    public TemplateFault(int line, String reason) {
        super(reason, null, false, false);
        this.line = line;
    }

    /// Returns the template's line, counted from 1.
    public int line() {
        return line;
    }
}
