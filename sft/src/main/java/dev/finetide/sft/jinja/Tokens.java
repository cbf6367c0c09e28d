package dev.finetide.sft.jinja;

import dev.finetide.sft.jinja.Token.Kind;
import java.util.List;

/// The cursor that both parsers share.
final class Tokens {
    private final List<Token> tokens;
    private int position;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(position);
    }

    Token peekSecond() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(position);
        if (token.kind() != Kind.END) {
            position++;
        }
        return token;
    }

    int line() {
        return peek().line();
    }

    boolean skipName(String name) {
        boolean found = peek().isName(name);
        position += found ? 1 : 0;
        return found;
    }

    boolean skipOperator(String operator) {
        boolean found = peek().isOperator(operator);
        position += found ? 1 : 0;
        return found;
    }

    Token expect(Kind kind, String what) {
        if (peek().kind() != kind) {
            throw unexpected(what);
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    String expectName() {
        return (String) expect(Kind.NAME, "a name").value();
    }

    TemplateException unexpected(String expected) {
        return new TemplateException(line(), "expected " + expected + ", found " + peek().describe());
    }
}
