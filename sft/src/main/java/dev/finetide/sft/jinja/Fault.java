package dev.finetide.sft.jinja;

/// Something a value cannot do, thrown where no template line is known; the evaluator turns it into a
/// [TemplateException] with the line of the innermost expression.
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1;

    Fault(String reason) {
        super(reason, null, false, false);
    }
}
