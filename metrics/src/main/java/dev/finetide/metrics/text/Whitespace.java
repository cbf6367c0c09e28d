package dev.finetide.metrics.text;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// White space as Python's `str.split` and `str.rstrip` see it, on which the reference
/// implementations rest.
public final class Whitespace {
    private static final String CLASS =
            "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
    private static final Pattern RUN = Pattern.compile(CLASS);
    private static final Pattern AT_THE_END = Pattern.compile(CLASS + "\\z");

    private Whitespace() {}

    /// Returns the parts between white space.
    public static List<String> split(String text) {
        return RUN.splitAsStream(text).filter(part -> !part.isEmpty()).collect(Collectors.toList());
    }

    /// Returns the text without white space.
    public static String removedFrom(String text) {
        return RUN.matcher(text).replaceAll("");
    }

    /// Returns the text without white space at its end.
    public static String strippedFromTheEndOf(String text) {
        return AT_THE_END.matcher(text).replaceFirst("");
    }
}
