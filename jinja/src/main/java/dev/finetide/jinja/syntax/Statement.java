package dev.finetide.jinja.syntax;

import java.util.List;

/// A statement of a template, with the line it stands on. Optional parts are null.
public sealed interface Statement {
    int line();

    record Text(int line, String text) implements Statement {}

    record Output(int line, Expression value) implements Statement {}

    record If(int line, List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record For(
            int line,
            Target target,
            Expression items,
            Expression condition,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Set(int line, Target target, Expression value) implements Statement {}

    /// The block `{% set x %}…{% endset %}`. `filters` is the outermost filter of the chain after the name, or null.
    record SetBlock(int line, Target target, Expression.Filter filters, List<Statement> body) implements Statement {}

    record MacroOf(int line, String name, Signature signature, List<Statement> body) implements Statement {}

    record CallBlock(int line, Signature signature, Expression.Call call, List<Statement> body) implements Statement {}

    record FilterBlock(int line, Expression.Filter filters, List<Statement> body) implements Statement {}

    record With(int line, List<Set> values, List<Statement> body) implements Statement {}

    record Generation(int line, List<Statement> body) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /// A macro's parameters; the last `defaults.size()` of them have a default.
    record Signature(List<String> parameters, List<Expression> defaults) {}

    /// The target of an assignment: a name, a namespace's attribute, or several of them.
    sealed interface Target {
        record Name(String name) implements Target {}

        record Attribute(String namespace, String name) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
