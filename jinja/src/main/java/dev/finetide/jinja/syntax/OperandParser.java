package dev.finetide.jinja.syntax;

import dev.finetide.jinja.syntax.Expression.CallArguments;
import dev.finetide.jinja.syntax.Token.Kind;
import dev.finetide.jinja.value.TemplateFault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Parses single values and the parts that may follow a value: attribute, item, slice, call, filter, test.
public final class OperandParser {
    private static final Set<String> NOT_AN_ARGUMENT = Set.of("else", "or", "and", "if", "is", "in");

    private final Tokens tokens;
    private final ExpressionParser expressions;

    public OperandParser(Tokens tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    public Expression primary() {
        Token token = tokens.next();
        int line = token.line();
        return switch (token.kind()) {
            case NAME -> name(line, (String) token.value());
            case STRING -> {
                StringBuilder text = new StringBuilder((String) token.value());
                while (tokens.peek().kind() == Kind.STRING) {
                    text.append(tokens.next().value());
                }
                yield new Expression.Literal(line, text.toString());
            }
            case INTEGER, FLOAT -> new Expression.Literal(line, token.value());
            case OPERATOR -> bracketed(token);
            case TEXT, OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, END ->
                throw new TemplateFault(line, "expected an expression, found " + token.describe());
        };
    }

    private static Expression name(int line, String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Literal(line, true);
            case "false", "False" -> new Expression.Literal(line, false);
            case "none", "None" -> new Expression.Literal(line, null);
            default -> new Expression.Name(line, name);
        };
    }

    private Expression bracketed(Token open) {
        int line = open.line();
        return switch ((String) open.value()) {
            case "(" -> {
                if (tokens.skipOperator(")")) {
                    yield new Expression.TupleOf(line, List.of());
                }
                Expression inner = expressions.expressionOrTuple(true);
                tokens.expectOperator(")");
                yield inner;
            }
            case "[" -> {
                List<Expression> items = new ArrayList<>();
                while (!tokens.skipOperator("]")) {
                    comma(items.isEmpty(), "]");
                    if (!tokens.peek().isOperator("]")) {
                        items.add(expressions.expression());
                    }
                }
                yield new Expression.ListOf(line, items);
            }
            case "{" -> dict(line);
            default -> throw new TemplateFault(line, "expected an expression, found " + open.describe());
        };
    }

    private Expression dict(int line) {
        List<Expression.Entry> entries = new ArrayList<>();
        while (!tokens.skipOperator("}")) {
            comma(entries.isEmpty(), "}");
            if (!tokens.peek().isOperator("}")) {
                Expression key = expressions.expression();
                tokens.expectOperator(":");
                entries.add(new Expression.Entry(key, expressions.expression()));
            }
        }
        return new Expression.DictOf(line, entries);
    }

    private void comma(boolean first, String close) {
        if (!first && !tokens.skipOperator(",")) {
            throw tokens.unexpected("',' or '" + close + "'");
        }
    }

    public Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            Token token = tokens.peek();
            if (tokens.skipOperator(".")) {
                value = member(value);
            } else if (tokens.skipOperator("[")) {
                value = subscript(value, token.line());
            } else if (token.isOperator("(")) {
                value = new Expression.Call(token.line(), value, callArguments());
            } else {
                return value;
            }
        }
    }

    private Expression member(Expression owner) {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> new Expression.Attribute(token.line(), owner, (String) token.value());
            case INTEGER ->
                new Expression.Item(token.line(), owner, new Expression.Literal(token.line(), token.value()));
            default -> throw new TemplateFault(token.line(), "expected a name, found " + token.describe());
        };
    }

    private Expression subscript(Expression owner, int line) {
        Expression start = tokens.peek().isOperator(":") ? null : expressions.expressionOrTuple(true);
        if (start != null && tokens.skipOperator("]")) {
            return new Expression.Item(line, owner, start);
        }
        tokens.expectOperator(":");
        Expression stop = sliceBound();
        Expression step = tokens.skipOperator(":") ? sliceBound() : null;
        tokens.expectOperator("]");
        return new Expression.Slice(line, owner, start, stop, step);
    }

    private Expression sliceBound() {
        return tokens.peek().isOperator(":") || tokens.peek().isOperator("]") ? null : expressions.expression();
    }

    public Expression filtersAndTests(Expression start) {
        Expression value = start;
        while (true) {
            Token token = tokens.peek();
            if (token.isOperator("|")) {
                value = filters(value);
            } else if (token.isName("is")) {
                value = test(value);
            } else if (token.isOperator("(")) {
                value = new Expression.Call(token.line(), value, callArguments());
            } else {
                return value;
            }
        }
    }

    /// Parses a chain of filters `|a|b(…)`.
    ///
    /// @param input filtered expression, or null where the chain belongs to a block
    public Expression.Filter filters(Expression input) {
        Expression value = input;
        Expression.Filter last = null;
        while (tokens.skipOperator("|")) {
            last = filter(value);
            value = last;
        }
        return last;
    }

    /// Parses one filter's name and arguments.
    public Expression.Filter filter(Expression input) {
        int line = tokens.line();
        String name = tokens.expectName();
        return new Expression.Filter(line, input, name, argumentsIfAny());
    }

    private Expression test(Expression input) {
        int line = tokens.next().line();
        boolean negated = tokens.skipName("not");
        String name = tokens.expectName();
        Token token = tokens.peek();
        CallArguments arguments = argumentsIfAny();
        boolean isArgument = switch (token.kind()) {
            case NAME -> !NOT_AN_ARGUMENT.contains(token.value());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.value().equals("[") || token.value().equals("{");
            default -> false;
        };
        if (isArgument) {
            arguments = new CallArguments(List.of(postfix(primary())), Map.of(), null, null);
        }
        return new Expression.Test(line, input, name, arguments, negated);
    }

    private CallArguments argumentsIfAny() {
        return tokens.peek().isOperator("(") ? callArguments() : CallArguments.NONE;
    }

    private CallArguments callArguments() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        Expression spread = null;
        Expression namedSpread = null;
        boolean first = true;
        while (!tokens.skipOperator(")")) {
            comma(first, ")");
            first = false;
            Token token = tokens.peek();
            if (token.isOperator(")")) {
                continue;
            }
            if (namedSpread == null && spread == null && tokens.skipOperator("*")) {
                spread = expressions.expression();
            } else if (namedSpread == null && tokens.skipOperator("**")) {
                namedSpread = expressions.expression();
            } else if (namedSpread == null
                    && token.kind() == Kind.NAME
                    && tokens.peekSecond().isOperator("=")) {
                tokens.next();
                tokens.next();
                named.put((String) token.value(), expressions.expression());
            } else if (named.isEmpty() && spread == null && namedSpread == null) {
                positional.add(expressions.expression());
            } else {
                throw new TemplateFault(token.line(), "a positional argument stands after a named one");
            }
        }
        return new CallArguments(positional, named, spread, namedSpread);
    }
}
