package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.Tuple;
import java.util.Locale;
import java.util.function.IntPredicate;

/// Python's string methods that search, strip, pad and change case. The methods that cut and join are in
/// [TextSplitting].
public final class StringMethods {
    private StringMethods() {}

    /// Returns a bound method of a text, or null.
    public static Callable find(String text, String name, Budget budget) {
        Callable splitting = TextSplitting.find(text, name, budget);
        if (splitting != null) {
            return splitting;
        }
        return switch (name) {
            case "strip" -> arguments -> strip(text, arguments.bind("chars").text(0, null), true, true, budget);
            case "lstrip" -> arguments -> strip(text, arguments.bind("chars").text(0, null), true, false, budget);
            case "rstrip" -> arguments -> strip(text, arguments.bind("chars").text(0, null), false, true, budget);
            case "startswith" -> arguments -> affix(text, arguments, true, budget);
            case "endswith" -> arguments -> affix(text, arguments, false, budget);
            case "removeprefix" ->
                arguments -> {
                    String prefix = arguments.bind("prefix").text(0);
                    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
                };
            case "removesuffix" ->
                arguments -> {
                    String suffix = arguments.bind("suffix").text(0);
                    return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
                };
            case "upper" -> plain(arguments -> text.toUpperCase(Locale.ROOT));
            case "lower", "casefold" -> plain(arguments -> text.toLowerCase(Locale.ROOT));
            case "capitalize" -> plain(arguments -> capitalize(text));
            case "title" -> plain(arguments -> title(text));
            case "swapcase" -> plain(arguments -> swapCase(text));
            case "find" -> arguments -> position(text, arguments, false, budget);
            case "rfind" -> arguments -> position(text, arguments, true, budget);
            case "index", "rindex" ->
                arguments -> {
                    long at = position(text, arguments, name.equals("rindex"), budget);
                    if (at < 0) {
                        throw new Fault("substring not found");
                    }
                    return at;
                };
            case "count" -> arguments -> count(text, arguments, budget);
            case "ljust", "rjust", "center" -> arguments -> pad(text, name, arguments, budget);
            case "zfill" -> arguments -> zeroFill(text, arguments.bind("width").integer(0), budget);
            case "format" -> arguments -> PythonFormat.format(text, arguments, budget);
            case "isspace" -> plain(arguments -> all(text, Python::isSpace));
            case "isdigit", "isdecimal", "isnumeric" -> plain(arguments -> all(text, Character::isDigit));
            case "isalpha" -> plain(arguments -> all(text, Character::isLetter));
            case "isalnum" -> plain(arguments -> all(text, Character::isLetterOrDigit));
            case "isupper" -> plain(arguments -> isCase(text, true));
            case "islower" -> plain(arguments -> isCase(text, false));
            default -> null;
        };
    }

    private static Callable plain(Callable method) {
        return arguments -> {
            arguments.bind();
            return method.call(arguments);
        };
    }

    /// @param chars the characters to strip, or null for white space
    public static String strip(String text, String chars, boolean left, boolean right, Budget budget) {
        IntPredicate stripped = chars == null
                ? Python::isSpace
                : c -> {
                    budget.characters(1 + chars.length() / 16);
                    return chars.indexOf(c) >= 0;
                };
        int start = 0;
        int end = text.length();
        while (left && start < end && stripped.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && end > start && stripped.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    private static boolean affix(String text, Arguments arguments, boolean start, Budget budget) {
        Arguments.Bound bound = arguments.bind("affix", "start", "end");
        String range = range(text, bound, budget);
        for (Object affix : bound.get(0) instanceof Tuple tuple ? tuple : Tuple.of(bound.get(0))) {
            budget.items(1);
            budget.examine(affix);
            if (!(affix instanceof String part)) {
                throw new Fault("the affix must be str or a tuple of str, not " + Python.typeName(affix));
            }
            if (start ? range.startsWith(part) : range.endsWith(part)) {
                return true;
            }
        }
        return false;
    }

    public static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }

    private static String swapCase(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            String character = Character.toString(c);
            out.append(
                    Character.isUpperCase(c) ? character.toLowerCase(Locale.ROOT) : character.toUpperCase(Locale.ROOT));
        });
        return out.toString();
    }

    /// Finds a part of a text: the position in code points, or -1.
    private static long position(String text, Arguments arguments, boolean last, Budget budget) {
        Arguments.Bound bound = arguments.bind("sub", "start", "end");
        String part = bound.text(0);
        String range = range(text, bound, budget);
        TextSearch search = new TextSearch(part, budget);
        int at = last ? search.last(range, range.length()) : search.first(range, 0);
        return at < 0 ? -1 : range.codePointCount(0, at) + start(text, bound);
    }

    private static long count(String text, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("sub", "start", "end");
        String part = bound.text(0);
        String range = range(text, bound, budget);
        if (part.isEmpty()) {
            return Python.length(range) + 1;
        }
        long count = 0;
        TextSearch search = new TextSearch(part, budget);
        for (int at = search.first(range, 0); at >= 0; at = search.first(range, at + part.length())) {
            count++;
        }
        return count;
    }

    private static String range(String text, Arguments.Bound bound, Budget budget) {
        if (bound.get(1, null) == null && bound.get(2, null) == null) {
            return text;
        }
        Long end = bound.get(2, null) == null ? null : bound.integer(2);
        return (String) Members.slice(text, start(text, bound), end, null, budget);
    }

    private static long start(String text, Arguments.Bound bound) {
        long start = bound.get(1, null) == null ? 0 : bound.integer(1);
        return start < 0 ? Math.max(0, start + Python.length(text)) : start;
    }

    public static String pad(String text, String method, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("width", "fillchar");
        String fill = bound.text(1, " ");
        if (Python.length(fill) != 1) {
            throw new Fault("the fill character must be exactly one character long");
        }
        budget.size(bound.integer(0));
        int missing = (int) Math.max(0, bound.integer(0) - Python.length(text));
        // When an odd number of blanks surrounds a centred text, CPython puts the extra one on the left only if the
        // width is odd.
        int left = switch (method) {
            case "ljust" -> 0;
            case "rjust" -> missing;
            default -> missing / 2 + (missing & (int) bound.integer(0) & 1);
        };
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }

    private static String zeroFill(String text, long width, Budget budget) {
        budget.size(width);
        int missing = (int) Math.max(0, width - Python.length(text));
        boolean signed = text.startsWith("-") || text.startsWith("+");
        return (signed ? text.substring(0, 1) : "") + "0".repeat(missing) + (signed ? text.substring(1) : text);
    }

    /// Whether a text has cased letters, and all of them are of one case.
    public static boolean isCase(String text, boolean upper) {
        String same = upper ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT);
        String other = upper ? text.toLowerCase(Locale.ROOT) : text.toUpperCase(Locale.ROOT);
        return text.equals(same) && !text.equals(other);
    }

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }
}
