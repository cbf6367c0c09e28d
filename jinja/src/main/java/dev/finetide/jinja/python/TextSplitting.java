package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Python's string methods that cut a text into pieces, join pieces, or replace them.
public final class TextSplitting {
    private TextSplitting() {}

    /// Returns a bound method of a text, or null.
    public static Callable find(String text, String name, Budget budget) {
        return switch (name) {
            case "split" -> arguments -> split(text, arguments.bind("sep", "maxsplit"), false);
            case "rsplit" -> arguments -> split(text, arguments.bind("sep", "maxsplit"), true);
            case "splitlines" ->
                arguments -> lines(text, arguments.bind("keepends").truth(0, false));
            case "partition" ->
                arguments -> partition(text, arguments.bind("sep").text(0), false);
            case "rpartition" ->
                arguments -> partition(text, arguments.bind("sep").text(0), true);
            case "join" ->
                arguments ->
                        join(text, Python.iterate(arguments.bind("iterable").get(0)), budget);
            case "replace" ->
                arguments -> {
                    Arguments.Bound bound = arguments.bind("old", "new", "count");
                    return replace(text, bound.text(0), bound.text(1), bound.integer(2, -1), budget);
                };
            default -> null;
        };
    }

    private static List<Object> split(String text, Arguments.Bound bound, boolean fromRight) {
        String separator = bound.text(0, null);
        long most = bound.integer(1, -1);
        if (separator != null && separator.isEmpty()) {
            throw new Fault("empty separator");
        }
        List<Object> parts = new ArrayList<>();
        String rest = separator == null ? StringMethods.strip(text, null, !fromRight, fromRight) : text;
        while (most != 0) {
            int at = separator == null
                    ? space(rest, fromRight)
                    : fromRight ? rest.lastIndexOf(separator) : rest.indexOf(separator);
            if (at < 0) {
                break;
            }
            int length = separator == null ? 1 : separator.length();
            String left = rest.substring(0, at);
            String right = rest.substring(at + length);
            if (separator == null) {
                left = StringMethods.strip(left, null, false, fromRight);
                right = StringMethods.strip(right, null, !fromRight, false);
            }
            parts.add(fromRight ? right : left);
            rest = fromRight ? left : right;
            most--;
        }
        if (separator != null || !rest.isEmpty()) {
            parts.add(rest);
        }
        if (fromRight) {
            Collections.reverse(parts);
        }
        return parts;
    }

    private static int space(String text, boolean last) {
        for (int i = 0; i < text.length(); i++) {
            int at = last ? text.length() - 1 - i : i;
            if (Python.isSpace(text.charAt(at))) {
                return at;
            }
        }
        return -1;
    }

    /// Cuts a text into lines as `str.splitlines` does, without an empty last line.
    public static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ends = c >= '\n' && c <= '\r' || c >= 0x1c && c <= 0x1e || c == 0x85 || c == 0x2028 || c == 0x2029;
            if (ends) {
                int end = i;
                if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                    i++;
                }
                lines.add(text.substring(start, keepEnds ? i + 1 : end));
                start = i + 1;
            }
        }
        if (start < text.length()) {
            lines.add(text.substring(start));
        }
        return lines;
    }

    private static Tuple partition(String text, String separator, boolean last) {
        if (separator.isEmpty()) {
            throw new Fault("empty separator");
        }
        int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return last ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private static String join(String separator, List<Object> parts, Budget budget) {
        long size = 0;
        List<String> texts = new ArrayList<>(parts.size());
        for (Object part : parts) {
            if (!(part instanceof String text)) {
                throw new Fault("join needs str items, found " + Python.typeName(part));
            }
            texts.add(text);
            size += text.length() + separator.length();
            budget.size(size);
        }
        return String.join(separator, texts);
    }

    /// @param most largest number of replacements, unlimited when negative
    public static String replace(String text, String old, String replacement, long most, Budget budget) {
        StringBuilder out = new StringBuilder();
        int done = 0;
        long left = most < 0 ? Long.MAX_VALUE : most;
        while (left-- > 0) {
            int at = text.indexOf(old, done);
            if (at < 0) {
                break;
            }
            out.append(text, done, at).append(replacement);
            budget.size((long) out.length() + text.length() - at);
            done = at + old.length();
            if (old.isEmpty()) {
                // For an empty pattern, Python puts the replacement before every character and at the end.
                if (at >= text.length()) {
                    return out.toString();
                }
                int next = text.offsetByCodePoints(at, 1);
                out.append(text, at, next);
                done = next;
            }
        }
        return out.append(text, done, text.length()).toString();
    }
}
