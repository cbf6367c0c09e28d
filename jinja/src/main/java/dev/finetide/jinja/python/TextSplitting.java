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
            case "split" -> arguments -> split(text, arguments.bind("sep", "maxsplit"), false, budget);
            case "rsplit" -> arguments -> split(text, arguments.bind("sep", "maxsplit"), true, budget);
            case "splitlines" ->
                arguments -> lines(text, arguments.bind("keepends").truth(0, false), budget);
            case "partition" ->
                arguments -> partition(text, arguments.bind("sep").text(0), false, budget);
            case "rpartition" ->
                arguments -> partition(text, arguments.bind("sep").text(0), true, budget);
            case "join" ->
                arguments ->
                        join(text, Python.iterate(arguments.bind("iterable").get(0), budget), budget);
            case "replace" ->
                arguments -> {
                    Arguments.Bound bound = arguments.bind("old", "new", "count");
                    return replace(text, bound.text(0), bound.text(1), bound.integer(2, -1), budget);
                };
            default -> null;
        };
    }

    private static List<Object> split(String text, Arguments.Bound bound, boolean fromRight, Budget budget) {
        String separator = bound.text(0, null);
        long most = bound.integer(1, -1);
        if (separator != null && separator.isEmpty()) {
            throw new Fault("empty separator");
        }
        List<Object> parts = separator == null
                ? fromRight ? wordsFromRight(text, most, budget) : words(text, most, budget)
                : fromRight ? partsFromRight(text, separator, most, budget) : parts(text, separator, most, budget);
        if (fromRight) {
            Collections.reverse(parts);
        }
        return parts;
    }

    private static List<Object> parts(String text, String separator, long most, Budget budget) {
        TextSearch search = new TextSearch(separator, budget);
        List<Object> parts = new ArrayList<>();
        int start = 0;
        for (long left = most; left != 0; left--) {
            int at = search.first(text, start);
            if (at < 0) {
                break;
            }
            parts.add(cut(text, start, at, budget));
            start = at + separator.length();
        }
        parts.add(cut(text, start, text.length(), budget));
        return parts;
    }

    private static List<Object> partsFromRight(String text, String separator, long most, Budget budget) {
        TextSearch search = new TextSearch(separator, budget);
        List<Object> parts = new ArrayList<>();
        int end = text.length();
        for (long left = most; left != 0; left--) {
            int at = search.last(text, end);
            if (at < 0) {
                break;
            }
            parts.add(cut(text, at + separator.length(), end, budget));
            end = at;
        }
        parts.add(cut(text, 0, end, budget));
        return parts;
    }

    /// Cuts a text at white space. White space around the words is dropped, but the last part, when no further cut is
    /// allowed, keeps the white space at its end.
    private static List<Object> words(String text, long most, Budget budget) {
        List<Object> words = new ArrayList<>();
        int start = wordStart(text, 0);
        for (long left = most; left != 0 && start < text.length(); left--) {
            int end = start;
            while (end < text.length() && !Python.isSpace(text.charAt(end))) {
                end++;
            }
            words.add(cut(text, start, end, budget));
            start = wordStart(text, end);
        }
        if (start < text.length()) {
            words.add(cut(text, start, text.length(), budget));
        }
        return words;
    }

    private static int wordStart(String text, int from) {
        int start = from;
        while (start < text.length() && Python.isSpace(text.charAt(start))) {
            start++;
        }
        return start;
    }

    private static List<Object> wordsFromRight(String text, long most, Budget budget) {
        List<Object> words = new ArrayList<>();
        int end = wordEnd(text, text.length());
        for (long left = most; left != 0 && end > 0; left--) {
            int start = end;
            while (start > 0 && !Python.isSpace(text.charAt(start - 1))) {
                start--;
            }
            words.add(cut(text, start, end, budget));
            end = wordEnd(text, start);
        }
        if (end > 0) {
            words.add(cut(text, 0, end, budget));
        }
        return words;
    }

    private static int wordEnd(String text, int from) {
        int end = from;
        while (end > 0 && Python.isSpace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    private static String cut(String text, int start, int end, Budget budget) {
        return budget.made(text.substring(start, end));
    }

    /// Cuts a text into lines as `str.splitlines` does, without an empty last line.
    public static List<Object> lines(String text, boolean keepEnds, Budget budget) {
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
                lines.add(cut(text, start, keepEnds ? i + 1 : end, budget));
                start = i + 1;
            }
        }
        if (start < text.length()) {
            lines.add(cut(text, start, text.length(), budget));
        }
        return lines;
    }

    private static Tuple partition(String text, String separator, boolean last, Budget budget) {
        if (separator.isEmpty()) {
            throw new Fault("empty separator");
        }
        TextSearch search = new TextSearch(separator, budget);
        int at = last ? search.last(text, text.length()) : search.first(text, 0);
        if (at < 0) {
            return last ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(cut(text, 0, at, budget), separator, cut(text, at + separator.length(), text.length(), budget));
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
            budget.charge((long) text.length() + separator.length());
        }
        return String.join(separator, texts);
    }

    /// @param most largest number of replacements, unlimited when negative
    public static String replace(String text, String old, String replacement, long most, Budget budget) {
        TextSearch search = new TextSearch(old, budget);
        StringBuilder out = new StringBuilder();
        int done = 0;
        long left = most < 0 ? Long.MAX_VALUE : most;
        while (left-- > 0) {
            int at = search.first(text, done);
            if (at < 0) {
                break;
            }
            budget.size((long) out.length() + replacement.length() + text.length() - done);
            budget.charge((long) replacement.length() + at - done);
            out.append(text, done, at).append(replacement);
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
