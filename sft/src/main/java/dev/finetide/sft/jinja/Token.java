package dev.finetide.sft.jinja;

/// One piece of a template.
///
/// @param value the literal's value: the text of TEXT and STRING, the Long or Double of NUMBER, the
///     characters of the rest
record Token(Kind kind, Object value, int line) {
    enum Kind {
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

    boolean isName(String name) {
        return kind == Kind.NAME && value.equals(name);
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && value.equals(operator);
    }

    String describe() {
        return switch (kind) {
            case TEXT -> "template text";
            case END -> "the end of the template";
            case OUTPUT_BEGIN, OUTPUT_END, BLOCK_BEGIN, BLOCK_END, NAME, INTEGER, FLOAT, OPERATOR -> "'" + value + "'";
            case STRING -> "a string";
        };
    }
}
