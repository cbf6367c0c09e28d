package dev.finetide.jinja.syntax;

import java.util.List;
import java.util.Map;

/// An expression of a template, with the line it stands on. Optional parts are null.
public sealed interface Expression {
    int line();

    record Literal(int line, Object value) implements Expression {}

    record Name(int line, String name) implements Expression {}

    record ListOf(int line, List<Expression> items) implements Expression {}

    record TupleOf(int line, List<Expression> items) implements Expression {}

    record DictOf(int line, List<Entry> entries) implements Expression {}

    record Entry(Expression key, Expression value) {}

    record Attribute(int line, Expression owner, String name) implements Expression {}

    record Item(int line, Expression owner, Expression key) implements Expression {}

    record Slice(int line, Expression owner, Expression start, Expression stop, Expression step)
            implements Expression {}

    record Call(int line, Expression callee, CallArguments arguments) implements Expression {}

    /// A filter with its input. The input is null in a filter block, which filters the block's text.
    record Filter(int line, Expression input, String name, CallArguments arguments) implements Expression {}

    record Test(int line, Expression input, String name, CallArguments arguments, boolean negated)
            implements Expression {}

    record Unary(int line, String operator, Expression operand) implements Expression {}

    record Binary(int line, String operator, Expression left, Expression right) implements Expression {}

    record Compare(int line, Expression first, List<Comparison> rest) implements Expression {}

    record Comparison(String operator, Expression operand) {}

    record And(int line, Expression left, Expression right) implements Expression {}

    record Or(int line, Expression left, Expression right) implements Expression {}

    record Not(int line, Expression operand) implements Expression {}

    record Conditional(int line, Expression condition, Expression value, Expression otherwise) implements Expression {}

    /// The arguments of a call. `spread` is Python's `*list`, `namedSpread` Python's `**dict`.
    record CallArguments(
            List<Expression> positional, Map<String, Expression> named, Expression spread, Expression namedSpread) {
        public static final CallArguments NONE = new CallArguments(List.of(), Map.of(), null, null);
    }
}
