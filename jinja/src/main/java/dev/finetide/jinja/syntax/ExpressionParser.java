package dev.finetide.jinja.syntax;

import dev.finetide.jinja.syntax.Token.Kind;
import dev.finetide.jinja.value.TemplateFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// Parses expressions by recursive descent in Jinja's order of precedence: conditional, or, and, not, comparison, `+
/// -`, `~`, `* / // %`, `**`, sign. [OperandParser] parses the values between the operators.
public final class ExpressionParser {
    private static final int MAX_DEPTH = 100;
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> FACTORS = Set.of("*", "/", "//", "%");

    private final Tokens tokens;
    private final OperandParser operands;
    private int depth;

    public ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
        this.operands = new OperandParser(tokens, this);
    }

    public Expression expression() {
        return nested(this::conditional);
    }

    /// Parses one expression, or several with commas between them as a tuple.
    ///
    /// @param withConditional whether `a if b else c` is part of the expression; `{% for %}` keeps `if` for its own
    ///     condition
    public Expression expressionOrTuple(boolean withConditional) {
        int line = tokens.line();
        Expression first = withConditional ? expression() : or();
        if (!tokens.peek().isOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",") && !atTupleEnd()) {
            items.add(withConditional ? expression() : or());
        }
        return new Expression.TupleOf(line, items);
    }

    private boolean atTupleEnd() {
        Token token = tokens.peek();
        return token.kind() == Kind.OUTPUT_END
                || token.kind() == Kind.BLOCK_END
                || token.isOperator(")")
                || token.isName("recursive");
    }

    private Expression conditional() {
        Expression value = or();
        while (tokens.peek().isName("if")) {
            int line = tokens.next().line();
            Expression condition = or();
            Expression otherwise = tokens.skipName("else") ? expression() : null;
            value = new Expression.Conditional(line, condition, value, otherwise);
        }
        return value;
    }

    private Expression or() {
        Expression left = and();
        while (tokens.peek().isName("or")) {
            left = new Expression.Or(tokens.next().line(), left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.peek().isName("and")) {
            left = new Expression.And(tokens.next().line(), left, not());
        }
        return left;
    }

    private Expression not() {
        if (!tokens.peek().isName("not")) {
            return comparison();
        }
        int line = tokens.next().line();
        return new Expression.Not(line, nested(this::not));
    }

    private Expression comparison() {
        int line = tokens.line();
        Expression first = sum();
        List<Expression.Comparison> rest = new ArrayList<>();
        while (true) {
            Token token = tokens.peek();
            if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.value())) {
                tokens.next();
                rest.add(new Expression.Comparison((String) token.value(), sum()));
            } else if (tokens.skipName("in")) {
                rest.add(new Expression.Comparison("in", sum()));
            } else if (token.isName("not") && tokens.peekSecond().isName("in")) {
                tokens.next();
                tokens.next();
                rest.add(new Expression.Comparison("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expression.Compare(line, first, rest);
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (tokens.peek().isOperator("+") || tokens.peek().isOperator("-")) {
            Token operator = tokens.next();
            left = new Expression.Binary(operator.line(), (String) operator.value(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        while (tokens.peek().isOperator("~")) {
            left = new Expression.Binary(tokens.next().line(), "~", left, product());
        }
        return left;
    }

    private Expression product() {
        Expression left = power();
        while (tokens.peek().kind() == Kind.OPERATOR
                && FACTORS.contains(tokens.peek().value())) {
            Token operator = tokens.next();
            left = new Expression.Binary(operator.line(), (String) operator.value(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.peek().isOperator("**")) {
            left = new Expression.Binary(tokens.next().line(), "**", left, unary(true));
        }
        return left;
    }

    /// Parses a value with its sign. A sign binds more tightly than a filter: `-1|abs` filters -1.
    private Expression unary(boolean withFilters) {
        Token token = tokens.peek();
        Expression value;
        if (token.isOperator("-") || token.isOperator("+")) {
            tokens.next();
            value = new Expression.Unary(token.line(), (String) token.value(), nested(() -> unary(false)));
        } else {
            value = operands.primary();
        }
        value = operands.postfix(value);
        return withFilters ? operands.filtersAndTests(value) : value;
    }

    private Expression nested(Supplier<Expression> parse) {
        if (++depth > MAX_DEPTH) {
            throw new TemplateFault(tokens.line(), "expressions are nested deeper than " + MAX_DEPTH);
        }
        try {
            return parse.get();
        } finally {
            depth--;
        }
    }

    /// Parses a chain of filters `|a|b(…)`.
    ///
    /// @param input filtered expression, or null where the chain belongs to a block
    public Expression.Filter filters(Expression input) {
        return operands.filters(input);
    }

    /// Parses one filter's name and arguments.
    public Expression.Filter filter(Expression input) {
        return operands.filter(input);
    }
}
