package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.Undefined;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Formats texts as Python's `"%s" % value` and `"{}".format(value)` do.
public final class PythonFormat {
    private static final Pattern DIRECTIVE = Pattern.compile(
            "%(?:\\((?<key>[^)]*+)\\))?(?<flags>[-+ 0#]*+)(?<width>\\d{0,6})(?:\\.(?<precision>\\d{1,3}))?(?<type>.?)",
            Pattern.DOTALL);
    private static final Pattern FIELD = Pattern.compile(
            "(?<name>\\w*)(?<path>(?:\\.\\w+|\\[[^\\]]*\\])*)(?:!(?<conversion>[rs]))?(?::(?<spec>.*))?",
            Pattern.DOTALL);
    private static final Pattern PATH = Pattern.compile("\\.(\\w+)|\\[([^\\]]*)\\]");
    private static final Pattern SPEC = Pattern.compile(
            "(?:(?<fill>.)?(?<align>[<>^]))?(?<sign>[-+ ])?(?<zero>0)?(?<width>\\d{0,6})(?<comma>,)?(?:\\.(?<precision>\\d{1,3}))?(?<type>[sdfxX%])?",
            Pattern.DOTALL);

    private PythonFormat() {}

    public static String percent(String format, Object values, Budget budget) {
        List<?> arguments =
                values instanceof Tuple tuple ? tuple : List.of(values == null ? Undefined.name("") : values);
        budget.characters(format.length());
        Matcher directive = DIRECTIVE.matcher(format);
        StringBuilder out = new StringBuilder();
        int next = 0;
        int done = 0;
        while (directive.find(done)) {
            out.append(format, done, directive.start());
            done = directive.end();
            if (directive.group("type").equals("%")) {
                out.append('%');
                continue;
            }
            Object value;
            if (directive.group("key") != null) {
                if (!(values instanceof Map<?, ?> map) || !map.containsKey(directive.group("key"))) {
                    throw new Fault("the format needs a dict with its key");
                }
                value = map.get(directive.group("key"));
            } else if (next < arguments.size()) {
                value = values == null ? null : arguments.get(next);
                next++;
            } else {
                throw new Fault("not enough arguments for format string");
            }
            append(out, percent(directive, value, budget), budget);
        }
        if (next < arguments.size() && !(values instanceof Map<?, ?>)) {
            throw new Fault("not all arguments converted during string formatting");
        }
        return out.append(format, done, format.length()).toString();
    }

    /// Appends the text of one directive or field, and charges the work on it and its memory.
    private static void append(StringBuilder out, String text, Budget budget) {
        budget.step();
        budget.characters(text.length());
        budget.size((long) out.length() + text.length());
        out.append(text);
    }

    private static String percent(Matcher directive, Object value, Budget budget) {
        String flags = directive.group("flags");
        String precision = directive.group("precision");
        String text = switch (directive.group("type")) {
            case "s" -> cut(PythonText.str(value, budget), precision);
            case "r" -> cut(PythonText.repr(value, budget), precision);
            case "d", "i" -> integer(value);
            case "x" -> Long.toHexString(Long.parseLong(integer(value)));
            case "f" -> fixed(value, precision);
            default -> throw new Fault("unsupported format directive");
        };
        boolean isNumber =
                !directive.group("type").equals("s") && !directive.group("type").equals("r");
        if (isNumber && !text.startsWith("-") && (flags.contains("+") || flags.contains(" "))) {
            text = (flags.contains("+") ? "+" : " ") + text;
        }
        char fill = flags.contains("0") && isNumber && !flags.contains("-") ? '0' : ' ';
        return aligned(text, width(directive), fill, flags.contains("-") ? '<' : fill == '0' ? '=' : '>');
    }

    public static String format(String format, Arguments arguments, Budget budget) {
        budget.characters(format.length());
        StringBuilder out = new StringBuilder();
        int automatic = 0;
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            boolean doubled = i + 1 < format.length() && format.charAt(i + 1) == c;
            if (c != '{' && c != '}') {
                out.append(c);
                continue;
            }
            if (doubled) {
                out.append(c);
                i++;
                continue;
            }
            int end = format.indexOf('}', i);
            if (c == '}' || end < 0) {
                throw new Fault("single '" + c + "' encountered in format string");
            }
            Matcher field = FIELD.matcher(format.substring(i + 1, end));
            if (!field.matches()) {
                throw new Fault("the replacement field is not understood");
            }
            Object value = argument(field.group("name"), automatic, arguments);
            automatic += field.group("name").isEmpty() ? 1 : 0;
            value = follow(value, field.group("path"), budget);
            if (field.group("conversion") != null) {
                value = field.group("conversion").equals("r")
                        ? PythonText.repr(value, budget)
                        : PythonText.str(value, budget);
            }
            append(out, specified(value, field.group("spec") == null ? "" : field.group("spec"), budget), budget);
            i = end;
        }
        return out.toString();
    }

    private static Object argument(String name, int automatic, Arguments arguments) {
        if (!name.isEmpty() && !Character.isDigit(name.charAt(0))) {
            if (!arguments.named().containsKey(name)) {
                throw new Fault("the format needs an argument with the name of its field");
            }
            return arguments.named().get(name);
        }
        if (!name.isEmpty() && !name.matches("\\d{1,9}")) {
            throw new Fault("the replacement field is not understood");
        }
        int index = name.isEmpty() ? automatic : Integer.parseInt(name);
        if (index >= arguments.positional().size()) {
            throw new Fault("replacement index " + index + " out of range for positional arguments");
        }
        return arguments.positional().get(index);
    }

    private static Object follow(Object start, String path, Budget budget) {
        Object value = start;
        Matcher part = PATH.matcher(path);
        while (part.find()) {
            String key = part.group(2);
            value = part.group(1) != null
                    ? Members.attribute(value, part.group(1), budget)
                    : Members.item(value, key.matches("\\d{1,9}") ? (Object) Long.valueOf(key) : key, budget);
        }
        return value;
    }

    private static String specified(Object value, String text, Budget budget) {
        Matcher spec = SPEC.matcher(text);
        if (!spec.matches()) {
            throw new Fault("invalid format specifier");
        }
        String type = spec.group("type");
        boolean isNumber = Operators.number(value) != null && !(value instanceof Boolean && type == null);
        if (type == null) {
            if (value instanceof Double && spec.group("precision") != null) {
                throw new Fault("the precision of a number needs the type f");
            }
            type = isNumber && !(value instanceof Double) ? "d" : "s";
        }
        String out = switch (type) {
            case "d" -> integer(value);
            case "x" -> Long.toHexString(Long.parseLong(integer(value)));
            case "X" -> Long.toHexString(Long.parseLong(integer(value))).toUpperCase(Locale.ROOT);
            case "f" -> fixed(value, spec.group("precision"));
            case "%" -> fixed(floating(value) * 100, spec.group("precision")) + "%";
            default -> cut(PythonText.str(value, budget), spec.group("precision"));
        };
        if (spec.group("comma") != null) {
            if (type.equals("s")) {
                throw new Fault("a text has no thousands to separate");
            }
            out = grouped(out);
        }
        String sign = spec.group("sign");
        if (isNumber && sign != null && !sign.equals("-") && !out.startsWith("-")) {
            out = sign + out;
        }
        char fill = spec.group("fill") != null ? spec.group("fill").charAt(0) : spec.group("zero") != null ? '0' : ' ';
        char align = spec.group("align") != null
                ? spec.group("align").charAt(0)
                : spec.group("zero") != null ? '=' : isNumber ? '>' : '<';
        return aligned(out, width(spec), fill, align);
    }

    private static int width(Matcher spec) {
        return spec.group("width").isEmpty() ? 0 : Integer.parseInt(spec.group("width"));
    }

    private static String cut(String text, String precision) {
        int most = precision == null ? Integer.MAX_VALUE : Integer.parseInt(precision);
        return Python.length(text) <= most ? text : text.substring(0, text.offsetByCodePoints(0, most));
    }

    private static String integer(Object value) {
        return switch (Operators.number(value)) {
            case Long number -> number.toString();
            case Double number -> Long.toString(number.longValue());
            case null, default -> throw new Fault("a number is required, not " + Python.typeName(value));
        };
    }

    private static double floating(Object value) {
        Number number = Operators.number(value);
        if (number == null) {
            throw new Fault("a number is required, not " + Python.typeName(value));
        }
        return number.doubleValue();
    }

    private static String fixed(Object value, String precision) {
        int places = precision == null ? 6 : Integer.parseInt(precision);
        return new BigDecimal(floating(value))
                .setScale(places, RoundingMode.HALF_EVEN)
                .toPlainString();
    }

    private static String grouped(String number) {
        int start = number.startsWith("-") ? 1 : 0;
        int end = start;
        while (end < number.length() && Character.isLetterOrDigit(number.charAt(end))) {
            end++;
        }
        StringBuilder out = new StringBuilder(number);
        for (int i = end - 3; i > start; i -= 3) {
            out.insert(i, ',');
        }
        return out.toString();
    }

    /// Pads a text to a width. The alignment `=` puts the fill between the sign and the digits.
    private static String aligned(String text, int width, char fill, char align) {
        int missing = (int) Math.max(0, width - Python.length(text));
        String padding = String.valueOf(fill).repeat(missing);
        return switch (align) {
            case '<' -> text + padding;
            case '^' -> padding.substring(0, missing / 2) + text + padding.substring(missing / 2);
            case '=' -> {
                int sign = text.startsWith("-") || text.startsWith("+") || text.startsWith(" ") ? 1 : 0;
                yield text.substring(0, sign) + padding + text.substring(sign);
            }
            default -> padding + text;
        };
    }
}
