package dev.finetide.jinja.syntax;

/// One piece of a template.
///
/// @param value literal's value: the text of TEXT and STRING, the Long of INTEGER, the Double of FLOAT, the characters
///     of every other kind
public record Token(Kind kind, Object value, int line) {
    public enum Kind {
        TEXT,
        OUTPUT_BEGIN,
        OUTPUT_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    public boolean isName(String name) {
        return kind == Kind.NAME && value.equals(name);
    }

    public boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && value.equals(operator);
    }

    public String describe() {
        return switch (kind) {
            case TEXT -> "template text";
            case END -> "the end of the template";
            case OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, NAME, INTEGER, FLOAT, OPERATOR -> "'" + value + "'";
            case STRING -> "a string";
        };
    }
}
