package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Fault;
import java.util.regex.Pattern;

/// Reads numbers and strings as Python's source writes them.
public final class Literals {
    public static final Pattern NUMBER =
            Pattern.compile("0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?<digits>[0-9](?:_?[0-9])*)"
                    + "(?<fraction>\\.[0-9](?:_?[0-9])*)?(?<exponent>[eE][-+]?[0-9](?:_?[0-9])*)?");

    private Literals() {}

    public static Long integer(String digits) {
        return switch (digits.length() > 1 ? digits.charAt(1) : '0') {
            case 'x', 'X' -> Long.valueOf(digits.substring(2), 16);
            case 'o', 'O' -> Long.valueOf(digits.substring(2), 8);
            case 'b', 'B' -> Long.valueOf(digits.substring(2), 2);
            default -> Long.valueOf(digits);
        };
    }

    /// Replaces backslash escapes. An escape that Python does not know stays as it is.
    public static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = text.charAt(++i);
            switch (escape) {
                case '\n' -> {}
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'r' -> out.append('\r');
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'v' -> out.append('\u000b');
                case '\\', '\'', '"' -> out.append(escape);
                case 'x' -> i = hexadecimal(text, i + 1, 2, out);
                case 'u' -> i = hexadecimal(text, i + 1, 4, out);
                case 'U' -> i = hexadecimal(text, i + 1, 8, out);
                case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(text, i, out);
                default -> out.append('\\').append(escape);
            }
        }
        return out.toString();
    }

    private static int hexadecimal(String text, int start, int digits, StringBuilder out) {
        int codePoint = -1;
        if (start + digits <= text.length()) {
            try {
                codePoint = Integer.parseUnsignedInt(text, start, start + digits, 16);
            } catch (NumberFormatException e) {
                codePoint = -1;
            }
        }
        if (!Character.isValidCodePoint(codePoint)) {
            throw new Fault("the string holds a broken escape");
        }
        out.appendCodePoint(codePoint);
        return start + digits - 1;
    }

    private static int octal(String text, int start, StringBuilder out) {
        int end = start;
        while (end < text.length() && end < start + 3 && text.charAt(end) >= '0' && text.charAt(end) <= '7') {
            end++;
        }
        out.appendCodePoint(Integer.parseInt(text, start, end, 8));
        return end - 1;
    }
}
