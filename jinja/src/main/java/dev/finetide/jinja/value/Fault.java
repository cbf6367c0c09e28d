package dev.finetide.jinja.value;

/// An operation that a value does not support. The place that throws a fault does not know the template's line; the
/// evaluator turns the fault into a [TemplateFault] with the line of the innermost expression.
public final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Fault(String reason) {
        super(reason, null, false, false);
    }
}
