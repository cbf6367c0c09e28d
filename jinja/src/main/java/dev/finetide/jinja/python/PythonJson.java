package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Writes JSON as Python's `json.dumps` does, with the same separators, number texts and escapes. Templates call it as
/// `tojson`.
public final class PythonJson {
    private final boolean asciiOnly;
    private final boolean sorted;
    /// One level of indentation, or null for one line.
    private final String indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final Budget budget;
    private final StringBuilder out = new StringBuilder();

    private PythonJson(Arguments.Bound options, Budget budget) {
        this.budget = budget;
        asciiOnly = options.truth(0, false);
        Object width = options.get(1, null);
        indent = width == null ? null : width instanceof String text ? text : spaces(options.integer(1));
        List<Object> separators = options.get(2, null) == null ? null : Python.iterate(options.get(2), budget);
        if (separators != null && separators.size() != 2) {
            throw new Fault("separators must be a pair");
        }
        itemSeparator = separators == null ? indent == null ? ", " : "," : PythonText.str(separators.get(0), budget);
        keySeparator = separators == null ? ": " : PythonText.str(separators.get(1), budget);
        sorted = options.truth(3, false);
    }

    /// Writes `tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False)`.
    public static String write(Object value, Arguments arguments, Budget budget) {
        PythonJson json = new PythonJson(arguments.bind("ensure_ascii", "indent", "separators", "sort_keys"), budget);
        json.value(value, 0);
        return json.out.toString();
    }

    private String spaces(long width) {
        budget.size(width);
        return " ".repeat((int) Math.max(0, width));
    }

    private void value(Object value, int depth) {
        budget.step();
        budget.enterValue();
        budget.size(out.length());
        switch (value) {
            case null -> out.append("null");
            case Boolean flag -> out.append(flag);
            case Double number -> out.append(number(number));
            case Number number -> out.append(number);
            case String text -> string(text);
            case List<?> list -> list(list, depth);
            case Map<?, ?> map -> map(map, depth);
            default -> throw new Fault("Object of type " + Python.typeName(value) + " is not JSON serializable");
        }
        budget.leaveValue();
    }

    private static String number(double number) {
        return Double.isNaN(number)
                ? "NaN"
                : Double.isInfinite(number) ? number > 0 ? "Infinity" : "-Infinity" : PythonText.number(number);
    }

    private void list(List<?> list, int depth) {
        if (list.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        Iterator<?> items = list.iterator();
        while (items.hasNext()) {
            newLine(depth + 1);
            value(items.next(), depth + 1);
            out.append(items.hasNext() ? itemSeparator : "");
        }
        newLine(depth);
        out.append(']');
    }

    private void map(Map<?, ?> map, int depth) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        out.append('{');
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        if (sorted) {
            entries.sort((a, b) -> Operators.order(a.getKey(), b.getKey(), budget));
        }
        Iterator<Map.Entry<?, ?>> left = entries.iterator();
        while (left.hasNext()) {
            Map.Entry<?, ?> entry = left.next();
            newLine(depth + 1);
            string(key(entry.getKey(), budget));
            out.append(keySeparator);
            value(entry.getValue(), depth + 1);
            out.append(left.hasNext() ? itemSeparator : "");
        }
        newLine(depth);
        out.append('}');
    }

    private static String key(Object key, Budget budget) {
        return switch (key) {
            case String text -> text;
            case null -> "null";
            case Boolean flag -> flag.toString();
            case Number number -> PythonText.repr(number, budget);
            default -> throw new Fault("keys must be str, int, float, bool or None, not " + Python.typeName(key));
        };
    }

    private void newLine(int depth) {
        if (indent != null) {
            budget.size((long) indent.length() * depth + out.length());
            budget.charge((long) indent.length() * depth);
            out.append('\n').repeat(indent, depth);
        }
    }

    private void string(String text) {
        budget.characters(text.length());
        budget.size((long) out.length() + text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || asciiOnly && c > 0x7e) {
                        out.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
