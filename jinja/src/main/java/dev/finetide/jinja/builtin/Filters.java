package dev.finetide.jinja.builtin;

import dev.finetide.jinja.python.Members;
import dev.finetide.jinja.python.Operators;
import dev.finetide.jinja.python.PythonFormat;
import dev.finetide.jinja.python.PythonJson;
import dev.finetide.jinja.python.StringMethods;
import dev.finetide.jinja.python.TextSplitting;
import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Markup;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.Undefined;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Jinja's filters of one value. The filters of sequences are in [SequenceFilters].
public final class Filters {
    /// Places of a rounded number: the smallest double has 1074 digits behind the point.
    private static final long MOST_PLACES = 1_100;

    private static final Pattern FLOAT = Pattern.compile("[-+]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][-+]?\\d++)?");
    private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern TITLE_WORD = Pattern.compile("[^-\\s(\\[{<]+", Pattern.UNICODE_CHARACTER_CLASS);

    private final Budget budget;
    private final SequenceFilters sequences;

    public Filters(Budget budget) {
        this.budget = budget;
        this.sequences = new SequenceFilters(this, budget);
    }

    /// @param input filtered value, [Markup] where it is marked so
    public Object apply(String name, Object input, Arguments arguments) {
        budget.examine(input, arguments);
        return budget.made(filtered(name, input, arguments));
    }

    private Object filtered(String name, Object input, Arguments arguments) {
        Object value = Markup.plain(input);
        return switch (name) {
            case "trim" ->
                StringMethods.strip(
                        PythonText.str(value, budget), arguments.bind("chars").text(0, null), true, true, budget);
            case "upper" -> text(value, arguments).toUpperCase(Locale.ROOT);
            case "lower" -> text(value, arguments).toLowerCase(Locale.ROOT);
            case "capitalize" -> StringMethods.capitalize(text(value, arguments));
            case "title" -> title(text(value, arguments));
            case "string" -> input instanceof Markup ? input : text(value, arguments);
            case "safe" -> new Markup(text(value, arguments));
            case "escape", "e" -> escaped(input, arguments);
            case "forceescape" -> escaped(value, arguments);
            case "replace" -> {
                Arguments.Bound bound = arguments.bind("old", "new", "count");
                long count = bound.get(2, null) == null ? -1 : bound.integer(2);
                String old = PythonText.str(bound.get(0), budget);
                yield TextSplitting.replace(
                        PythonText.str(value, budget), old, PythonText.str(bound.get(1), budget), count, budget);
            }
            case "indent" -> indent(PythonText.str(value, budget), arguments.bind("width", "first", "blank"));
            case "center" -> {
                Arguments.Bound bound = arguments.bind("width");
                Arguments width = Arguments.of(bound.integer(0, 80));
                yield StringMethods.pad(PythonText.str(value, budget), "center", width, budget);
            }
            case "truncate" ->
                truncate(PythonText.str(value, budget), arguments.bind("length", "killwords", "end", "leeway"));
            case "wordcount" -> wordCount(text(value, arguments));
            case "format" ->
                PythonFormat.percent(
                        PythonText.str(value, budget),
                        arguments.named().isEmpty() ? Tuple.of(arguments.positional()) : arguments.named(),
                        budget);
            case "tojson" -> PythonJson.write(value, arguments, budget);
            case "default", "d" -> {
                Arguments.Bound bound = arguments.bind("default_value", "boolean");
                boolean replaced = value instanceof Undefined || bound.truth(1, false) && !Python.truth(value);
                yield replaced ? bound.get(0, "") : value;
            }
            case "abs" -> abs(value, arguments);
            case "int" -> integer(value, arguments.bind("default", "base"));
            case "float" -> floating(value, arguments.bind("default"));
            case "round" -> round(value, arguments.bind("precision", "method"));
            case "attr" -> {
                Object member = Members.attribute(value, arguments.bind("name").text(0), budget);
                // The filter reads attributes only, never items of the same name.
                yield value instanceof Map<?, ?> && !(member instanceof Callable)
                        ? Undefined.attribute(value, "attr")
                        : member;
            }
            default -> sequences.apply(name, value, arguments);
        };
    }

    private String text(Object value, Arguments arguments) {
        arguments.bind();
        return PythonText.str(value, budget);
    }

    private Markup escaped(Object value, Arguments arguments) {
        arguments.bind();
        Markup markup = new Markup(Markup.escaped(value, budget));
        budget.size(markup.text().length());
        return markup;
    }

    private long wordCount(String text) {
        budget.characters(4L * text.length());
        Matcher word = WORD.matcher(text);
        long count = 0;
        while (word.find()) {
            count++;
        }
        return count;
    }

    /// Capitalises each word after a space, hyphen or bracket. Python's `str.title` also capitalises after an
    /// apostrophe.
    private String title(String text) {
        budget.characters(4L * text.length());
        return TITLE_WORD
                .matcher(text)
                .replaceAll(word -> Matcher.quoteReplacement(StringMethods.capitalize(word.group())));
    }

    private String indent(String text, Arguments.Bound bound) {
        Object width = bound.get(0, 4L);
        if (!(width instanceof String)) {
            budget.size(bound.integer(0, 4));
        }
        String margin = width instanceof String given ? given : " ".repeat((int) Math.max(0, bound.integer(0, 4)));
        boolean blank = bound.truth(2, false);
        List<String> lines = new ArrayList<>();
        // The added newline keeps an empty last line, which splitlines would drop.
        for (Object line : TextSplitting.lines(text + "\n", false, budget)) {
            boolean first = lines.isEmpty();
            String content = (String) line;
            lines.add(!first && (blank || !content.isEmpty()) ? margin + content : content);
            budget.size((long) margin.length() * lines.size() + text.length());
            budget.make((long) margin.length() + content.length());
        }
        return (bound.truth(1, false) ? margin : "") + String.join("\n", lines);
    }

    private static String truncate(String text, Arguments.Bound bound) {
        long most = bound.integer(0, 255);
        String end = bound.text(2, "...");
        long leeway = bound.get(3, null) == null ? 5 : bound.integer(3);
        if (most < end.length() || leeway < 0) {
            throw new Fault("truncate needs a length of at least " + end.length() + " and no negative leeway");
        }
        if (Python.length(text) - leeway <= most) {
            return text;
        }
        String kept = text.substring(0, text.offsetByCodePoints(0, (int) (most - Python.length(end))));
        int space = kept.lastIndexOf(' ');
        return (bound.truth(1, false) || space < 0 ? kept : kept.substring(0, space)) + end;
    }

    private static Object abs(Object value, Arguments arguments) {
        arguments.bind();
        Operators.refuseUndefined(value);
        return switch (Operators.number(value)) {
            case Long number -> Math.absExact(number);
            case Double number -> Math.abs(number);
            case null, default -> throw new Fault("bad operand type for abs(): '" + Python.typeName(value) + "'");
        };
    }

    private static Object integer(Object value, Arguments.Bound bound) {
        Operators.refuseUndefined(value);
        Object fallback = bound.get(0, 0L);
        try {
            return switch (value) {
                case String text -> {
                    String digits = text.strip().replace("_", "");
                    long base = bound.integer(1, 10);
                    yield base == 10 && !digits.matches("[-+]?\\d+")
                            ? (Object) (long) Double.parseDouble(digits)
                            : (Object) Long.parseLong(digits, (int) base);
                }
                case Double number -> (long) (double) number;
                case null, default -> Operators.number(value) == null ? fallback : Operators.number(value);
            };
        } catch (NumberFormatException e) {
            return fallback;
        }
    }

    private static Object floating(Object value, Arguments.Bound bound) {
        Operators.refuseUndefined(value);
        Object fallback = bound.get(0, 0.0);
        if (value instanceof String text) {
            // Unlike Java's parser, Python accepts neither a type suffix nor hexadecimal digits.
            boolean isNumber = FLOAT.matcher(text.strip()).matches();
            return isNumber ? (Object) Double.parseDouble(text.strip()) : fallback;
        }
        Number number = Operators.number(value);
        return number == null ? fallback : (Object) number.doubleValue();
    }

    private static Object round(Object value, Arguments.Bound bound) {
        Operators.refuseUndefined(value);
        Number number = Operators.number(value);
        if (number == null) {
            throw new Fault("round needs a number, not " + Python.typeName(value));
        }
        RoundingMode mode = switch (bound.text(1, "common")) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw new Fault("method must be common, ceil or floor");
        };
        // No double has digits beyond these places, before or behind the point.
        int places = (int) Math.clamp(bound.integer(0, 0), -MOST_PLACES, MOST_PLACES);
        Object rounded =
                new BigDecimal(number.doubleValue()).setScale(places, mode).doubleValue();
        return number instanceof Long && mode == RoundingMode.HALF_EVEN ? (Object) (long) (double) rounded : rounded;
    }
}
