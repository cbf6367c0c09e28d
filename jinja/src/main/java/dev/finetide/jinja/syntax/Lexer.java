package dev.finetide.jinja.syntax;

import dev.finetide.jinja.python.Literals;
import dev.finetide.jinja.syntax.Token.Kind;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.TemplateFault;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts a template into tokens and applies the white space rules. A `-` strips all white space on its side of a tag. A
/// block or comment that is alone on its line also removes the indentation before it (`lstrip_blocks`) and the newline
/// after it (`trim_blocks`). A `+` turns these two rules off for one tag.
public final class Lexer {
    private static final Pattern RAW = Pattern.compile("\\s*raw\\s*(-?)%\\}");
    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");
    private static final List<String> LONG_OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=");
    /// Characters of a number. The pattern of numbers takes a stack frame for each digit.
    private static final int MAX_NUMBER = 400;

    private static final String SHORT_OPERATORS = "+-/*%~[](){}><=.:|,;";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    private int counted;
    /// Whether the next text begins a line.
    private boolean lineStarts = true;

    public Lexer(String source) {
        String normal = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = normal.endsWith("\n") ? normal.substring(0, normal.length() - 1) : normal;
    }

    public List<Token> tokens() {
        while (position < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                text(source.substring(position), position);
                position = source.length();
                break;
            }
            char kind = source.charAt(tag + 1);
            char sign = signAt(tag + 2);
            text(stripBefore(source.substring(position, tag), kind, sign), position);
            position = tag + (sign == 0 ? 2 : 3);
            switch (kind) {
                case '#' -> comment(tag);
                case '{' -> code(tag, Kind.OUTPUT_BEGIN, Kind.OUTPUT_END, "}}");
                default -> blockOrRaw(tag);
            }
        }
        add(Kind.END, "", source.length());
        return tokens;
    }

    private int nextTag() {
        for (int i = source.indexOf('{', position); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private char signAt(int at) {
        char sign = at < source.length() ? source.charAt(at) : 0;
        return sign == '-' || sign == '+' ? sign : 0;
    }

    private String stripBefore(String text, char kind, char sign) {
        if (sign == '-') {
            return stripEnd(text);
        }
        int lineStart = text.lastIndexOf('\n') + 1;
        boolean atLineStart = lineStart > 0 || lineStarts;
        if (sign == 0
                && kind != '{'
                && atLineStart
                && text.chars().skip(lineStart).allMatch(Python::isSpace)) {
            return text.substring(0, lineStart);
        }
        return text;
    }

    private static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && Python.isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    private void text(String text, int at) {
        if (!text.isEmpty()) {
            add(Kind.TEXT, text, at);
        }
    }

    private void comment(int tag) {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw failure(tag, "the comment has no end");
        }
        char sign = end > position ? signAt(end - 1) : 0;
        position = end + 2;
        skipAfterTag(sign);
    }

    private void blockOrRaw(int tag) {
        Matcher raw = RAW.matcher(source).region(position, source.length());
        if (!raw.lookingAt()) {
            code(tag, Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
            return;
        }
        Matcher end = END_RAW.matcher(source);
        if (!end.find(raw.end())) {
            throw failure(tag, "the raw block has no end");
        }
        int start = raw.end();
        position = start;
        lineStarts = false;
        if (raw.group(1).equals("-")) {
            skipSpace();
            start = Math.min(position, end.start());
        }
        char sign = end.group(1).isEmpty() ? 0 : end.group(1).charAt(0);
        text(stripBefore(source.substring(start, end.start()), '%', sign), start);
        position = end.end();
        skipAfterTag(end.group(2).isEmpty() ? 0 : end.group(2).charAt(0));
    }

    /// Skips the white space that the end of a block or comment removes.
    private void skipAfterTag(char sign) {
        int before = position;
        if (sign == '-') {
            skipSpace();
        } else if (sign == 0 && position < source.length() && source.charAt(position) == '\n') {
            position++;
        }
        lineStarts = position > before && source.charAt(position - 1) == '\n';
    }

    private void skipSpace() {
        while (position < source.length() && Python.isSpace(source.charAt(position))) {
            position++;
        }
    }

    private void code(int tag, Kind begin, Kind end, String closing) {
        add(begin, closing.equals("}}") ? "{{" : "{%", tag);
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            while (position < source.length() && Python.isSpace(source.charAt(position))) {
                position++;
            }
            if (position >= source.length()) {
                throw failure(tag, "the tag has no end");
            }
            if (open.isEmpty() && closed(end, closing)) {
                return;
            }
            token(open);
        }
    }

    private boolean closed(Kind end, String closing) {
        char sign = signAt(position);
        boolean signed = sign != 0 && source.startsWith(closing, position + 1);
        if (!signed && !source.startsWith(closing, position) || sign == '+' && end == Kind.OUTPUT_END) {
            return false;
        }
        add(end, closing, position);
        position += signed ? 3 : 2;
        if (end == Kind.BLOCK_END || signed) {
            skipAfterTag(signed ? sign : 0);
        } else {
            lineStarts = false;
        }
        return true;
    }

    private void token(Deque<Character> open) {
        int start = position;
        char c = source.charAt(start);
        if (Character.isLetter(c) || c == '_') {
            while (position < source.length() && isNamePart(source.charAt(position))) {
                position++;
            }
            add(Kind.NAME, source.substring(start, position), start);
        } else if (c >= '0' && c <= '9') {
            number();
        } else if (c == '\'' || c == '"') {
            string(c);
        } else {
            operator(open);
        }
    }

    private static boolean isNamePart(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    private void number() {
        boolean afterDot = position > 0 && source.charAt(position - 1) == '.';
        Matcher number =
                Literals.NUMBER.matcher(source).region(position, Math.min(source.length(), position + MAX_NUMBER));
        if (!number.lookingAt() || number.end() == position + MAX_NUMBER) {
            throw failure(position, "not a number");
        }
        boolean isFloat = !afterDot && (number.group("fraction") != null || number.group("exponent") != null);
        int end = isFloat || number.group("digits") == null ? number.end() : number.end("digits");
        String digits = source.substring(position, end).replace("_", "");
        try {
            if (isFloat) {
                add(Kind.FLOAT, Double.valueOf(digits), position);
            } else {
                add(Kind.INTEGER, Literals.integer(digits), position);
            }
        } catch (NumberFormatException e) {
            throw failure(position, "the number is too large");
        }
        position = end;
    }

    private void string(char quote) {
        int start = position++;
        while (position < source.length() && source.charAt(position) != quote) {
            position += source.charAt(position) == '\\' ? 2 : 1;
        }
        if (position >= source.length()) {
            throw failure(start, "the string has no end");
        }
        try {
            add(Kind.STRING, Literals.unescape(source.substring(start + 1, position)), start);
        } catch (Fault fault) {
            throw failure(start, fault.getMessage());
        }
        position++;
    }

    private void operator(Deque<Character> open) {
        String two = source.substring(position, Math.min(position + 2, source.length()));
        String operator = LONG_OPERATORS.contains(two) ? two : two.substring(0, 1);
        if (SHORT_OPERATORS.indexOf(operator.charAt(0)) < 0 && !operator.equals("!=")) {
            throw failure(position, "unexpected character '" + operator + "'");
        }
        char c = operator.charAt(0);
        if (c == '(' || c == '[' || c == '{') {
            open.push(c == '(' ? ')' : c == '[' ? ']' : '}');
        } else if (c == ')' || c == ']' || c == '}') {
            if (open.isEmpty() || open.pop() != c) {
                throw failure(position, "unexpected '" + c + "'");
            }
        }
        add(Kind.OPERATOR, operator, position);
        position += operator.length();
    }

    private void add(Kind kind, Object value, int at) {
        tokens.add(new Token(kind, value, lineAt(at)));
    }

    private TemplateFault failure(int at, String reason) {
        return new TemplateFault(lineAt(at), reason);
    }

    /// Returns the line of a position. Counting goes on from the last position, because positions are almost always
    /// asked for in order.
    private int lineAt(int at) {
        if (at < counted) {
            counted = 0;
            line = 1;
        }
        for (; counted < at; counted++) {
            line += source.charAt(counted) == '\n' ? 1 : 0;
        }
        return line;
    }
}
