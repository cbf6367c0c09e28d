package dev.finetide.jinja.syntax;

import dev.finetide.jinja.syntax.Token.Kind;
import dev.finetide.jinja.value.TemplateFault;
import java.util.List;

/// A cursor over a template's tokens, shared by the parsers of statements and expressions.
public final class Tokens {
    private final List<Token> tokens;
    private int position;

    public Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    public Token peek() {
        return tokens.get(position);
    }

    public Token peekSecond() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    public Token next() {
        Token token = tokens.get(position);
        if (token.kind() != Kind.END) {
            position++;
        }
        return token;
    }

    public int line() {
        return peek().line();
    }

    public boolean skipName(String name) {
        boolean found = peek().isName(name);
        position += found ? 1 : 0;
        return found;
    }

    public boolean skipOperator(String operator) {
        boolean found = peek().isOperator(operator);
        position += found ? 1 : 0;
        return found;
    }

    public Token expect(Kind kind, String what) {
        if (peek().kind() != kind) {
            throw unexpected(what);
        }
        return next();
    }

    public void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    public void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    public String expectName() {
        return (String) expect(Kind.NAME, "a name").value();
    }

    public TemplateFault unexpected(String expected) {
        return new TemplateFault(line(), "expected " + expected + ", found " + peek().describe());
    }
}
