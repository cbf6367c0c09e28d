package dev.finetide.jinja.syntax;

import dev.finetide.jinja.syntax.Statement.Target;
import dev.finetide.jinja.syntax.Token.Kind;
import dev.finetide.jinja.value.TemplateFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Parses the statements of a template: text, outputs and blocks.
public final class StatementParser {
    /// The deepest nesting of blocks that the parser accepts; the limit of a rendering is another one. No real template
    /// comes near it.
    private static final int MAX_DEPTH = 100;

    private static final int MAX_PARAMETERS = 255;

    private final Tokens tokens;
    private final ExpressionParser expressions;
    private int depth;
    private int loops;

    public StatementParser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    public List<Statement> template() {
        List<Statement> body = body(Set.of());
        if (tokens.peek().kind() != Kind.END) {
            throw new TemplateFault(
                    tokens.line(), "unexpected block " + tokens.peek().describe());
        }
        return body;
    }

    /// Parses statements up to a block that begins with one of these names, or up to the end of the template. The
    /// block's name is then the next token.
    private List<Statement> body(Set<String> ends) {
        if (++depth > MAX_DEPTH) {
            throw new TemplateFault(tokens.line(), "blocks are nested deeper than " + MAX_DEPTH);
        }
        List<Statement> body = new ArrayList<>();
        while (tokens.peek().kind() != Kind.END) {
            Token token = tokens.next();
            switch (token.kind()) {
                case TEXT -> body.add(new Statement.Text(token.line(), (String) token.value()));
                case OUTPUT_BEGIN -> {
                    body.add(new Statement.Output(token.line(), expressions.expressionOrTuple(true)));
                    tokens.expect(Kind.OUTPUT_END, "'}}'");
                }
                default -> {
                    Token name = tokens.peek();
                    if (name.kind() == Kind.NAME && (ends.contains(name.value()) || isEnd((String) name.value()))) {
                        depth--;
                        return body;
                    }
                    body.add(block());
                }
            }
        }
        depth--;
        return body;
    }

    private static boolean isEnd(String name) {
        return name.startsWith("end") || name.equals("else") || name.equals("elif");
    }

    private List<Statement> bodyUntil(String end) {
        int line = tokens.line();
        endBlock();
        List<Statement> body = body(Set.of(end));
        if (!tokens.skipName(end)) {
            throw new TemplateFault(
                    line,
                    "the block has no '" + end + "', found " + tokens.peek().describe() + " on line " + tokens.line());
        }
        endBlock();
        return body;
    }

    private void endBlock() {
        tokens.expect(Kind.BLOCK_END, "'%}'");
    }

    private Statement block() {
        int line = tokens.line();
        String name = tokens.expectName();
        return switch (name) {
            case "if" -> conditional(line);
            case "for" -> loop(line);
            case "set" -> set(line);
            case "macro" -> macro(line);
            case "call" -> call(line);
            case "filter" -> filter(line);
            case "with" -> with(line);
            case "generation" -> new Statement.Generation(line, outsideLoops("endgeneration"));
            case "break", "continue" -> {
                if (loops == 0) {
                    throw new TemplateFault(line, "'" + name + "' stands outside of a loop");
                }
                endBlock();
                yield name.equals("break") ? new Statement.Break(line) : new Statement.Continue(line);
            }
            case "include", "import", "from", "extends", "block" ->
                throw new TemplateFault(line, "'" + name + "' is not available: a chat template is one file");
            default -> throw new TemplateFault(line, "unknown block '" + name + "'");
        };
    }

    /// Parses the body of a block that is called like a function. No `break` inside may end a loop around the block.
    private List<Statement> outsideLoops(String end) {
        int outer = loops;
        loops = 0;
        List<Statement> body = bodyUntil(end);
        loops = outer;
        return body;
    }

    private Statement conditional(int line) {
        List<Statement.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        do {
            Expression condition = expressions.expressionOrTuple(true);
            endBlock();
            branches.add(new Statement.Branch(condition, body(Set.of("elif", "else", "endif"))));
        } while (tokens.skipName("elif"));
        if (tokens.skipName("else")) {
            endBlock();
            otherwise = body(Set.of("endif"));
        }
        tokens.expectName("endif");
        endBlock();
        return new Statement.If(line, branches, otherwise);
    }

    private Statement loop(int line) {
        Target target = target();
        tokens.expectName("in");
        Expression items = expressions.expressionOrTuple(false);
        Expression condition = tokens.skipName("if") ? expressions.expression() : null;
        boolean recursive = tokens.skipName("recursive");
        endBlock();
        loops++;
        List<Statement> body = body(Set.of("else", "endfor"));
        loops--;
        List<Statement> otherwise = List.of();
        if (tokens.skipName("else")) {
            endBlock();
            otherwise = body(Set.of("endfor"));
        }
        tokens.expectName("endfor");
        endBlock();
        return new Statement.For(line, target, items, condition, recursive, body, otherwise);
    }

    private Statement set(int line) {
        Target target = target();
        if (tokens.skipOperator("=")) {
            Expression value = expressions.expressionOrTuple(true);
            endBlock();
            return new Statement.Set(line, target, value);
        }
        Expression.Filter filters = expressions.filters(null);
        return new Statement.SetBlock(line, target, filters, outsideLoops("endset"));
    }

    private Target target() {
        Target first = oneTarget();
        if (!tokens.peek().isOperator(",")) {
            return first;
        }
        List<Target> targets = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",") && beginsTarget(tokens.peek())) {
            targets.add(oneTarget());
        }
        return new Target.Several(targets);
    }

    private static boolean beginsTarget(Token token) {
        return token.isOperator("(") || token.kind() == Kind.NAME && !token.isName("in");
    }

    private Target oneTarget() {
        if (tokens.skipOperator("(")) {
            Target inner = target();
            tokens.expectOperator(")");
            return inner;
        }
        int line = tokens.line();
        String name = tokens.expectName();
        if (Set.of("true", "false", "none", "True", "False", "None").contains(name)) {
            throw new TemplateFault(line, "'" + name + "' cannot be assigned to");
        }
        return tokens.skipOperator(".") ? new Target.Attribute(name, tokens.expectName()) : new Target.Name(name);
    }

    private Statement macro(int line) {
        String name = tokens.expectName();
        Statement.Signature signature = signature();
        return new Statement.MacroOf(line, name, signature, outsideLoops("endmacro"));
    }

    private Statement.Signature signature() {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            int line = tokens.line();
            parameters.add(tokens.expectName());
            if (parameters.size() > MAX_PARAMETERS) {
                throw new TemplateFault(line, "a macro has more than " + MAX_PARAMETERS + " parameters");
            }
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw new TemplateFault(line, "a parameter without default stands after one with a default");
            }
        }
        return new Statement.Signature(parameters, defaults);
    }

    private Statement call(int line) {
        Statement.Signature signature =
                tokens.peek().isOperator("(") ? signature() : new Statement.Signature(List.of(), List.of());
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw new TemplateFault(line, "'call' needs the call of a macro");
        }
        return new Statement.CallBlock(line, signature, call, outsideLoops("endcall"));
    }

    private Statement filter(int line) {
        Expression.Filter first = expressions.filter(null);
        Expression.Filter rest = expressions.filters(first);
        return new Statement.FilterBlock(line, rest == null ? first : rest, outsideLoops("endfilter"));
    }

    private Statement with(int line) {
        List<Statement.Set> values = new ArrayList<>();
        while (tokens.peek().kind() != Kind.BLOCK_END) {
            if (!values.isEmpty()) {
                tokens.expectOperator(",");
            }
            int valueLine = tokens.line();
            Target target = oneTarget();
            tokens.expectOperator("=");
            values.add(new Statement.Set(valueLine, target, expressions.expression()));
        }
        return new Statement.With(line, values, bodyUntil("endwith"));
    }
}
