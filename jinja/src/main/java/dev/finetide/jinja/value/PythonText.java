package dev.finetide.jinja.value;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// Writes a value as Python's `str` and `repr` do.
public final class PythonText {
    private PythonText() {}

    public static String str(Object value, Budget budget) {
        return switch (value) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Undefined _ -> "";
            case null, default -> repr(value, budget);
        };
    }

    public static String repr(Object value, Budget budget) {
        StringBuilder out = new StringBuilder();
        write(value, out, budget);
        return budget.made(out.toString());
    }

    private static void write(Object value, StringBuilder out, Budget budget) {
        budget.size(out.length());
        budget.enterValue();
        switch (value) {
            case null -> out.append("None");
            case Boolean flag -> out.append(flag ? "True" : "False");
            case Double number -> out.append(number(number));
            case Number number -> out.append(number);
            case String text -> quoted(text, out, budget);
            case Tuple tuple -> {
                list(tuple, "(", out, budget);
                out.append(tuple.size() == 1 ? ",)" : ")");
            }
            case List<?> list -> {
                list(list, "[", out, budget);
                out.append(']');
            }
            case View view -> {
                list(view.items(), view.type() + "([", out, budget);
                out.append("])");
            }
            case Map<?, ?> map -> map(map, out, budget);
            case Undefined _ -> out.append("Undefined");
            default -> throw new Fault("a " + Python.typeName(value) + " has no text");
        }
        budget.leaveValue();
    }

    private static void list(List<?> items, String open, StringBuilder out, Budget budget) {
        out.append(open);
        boolean first = true;
        for (Object item : items) {
            out.append(first ? "" : ", ");
            first = false;
            write(item, out, budget);
        }
    }

    private static void map(Map<?, ?> map, StringBuilder out, Budget budget) {
        out.append('{');
        boolean first = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(first ? "" : ", ");
            first = false;
            write(entry.getKey(), out, budget);
            out.append(": ");
            write(entry.getValue(), out, budget);
        }
        out.append('}');
    }

    /// Writes a number with the fewest digits that read back as the same number. Numbers below 1e-4 and from 1e16 on
    /// have an exponent.
    public static String number(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = shortest.unscaledValue().abs().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        String sign = exponent < 0 ? "-" : "+";
        int size = Math.abs(exponent);
        return (value < 0 ? "-" : "") + mantissa + "e" + sign + (size < 10 ? "0" : "") + size;
    }

    private static void quoted(String text, StringBuilder out, Budget budget) {
        budget.characters(text.length());
        budget.size((long) out.length() + text.length());
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        escaped(c, out);
                    }
                }
            }
        });
        out.append(quote);
    }

    private static void escaped(int c, StringBuilder out) {
        int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
        out.append(digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U");
        String hexadecimal = Integer.toHexString(c);
        out.repeat('0', digits - hexadecimal.length()).append(hexadecimal);
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }
}
