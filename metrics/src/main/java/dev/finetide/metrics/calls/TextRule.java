package dev.finetide.metrics.calls;

import java.util.Locale;
import java.util.regex.Pattern;

/// The rule by which two texts among arguments are the same value.
public enum TextRule {
    /// Each character counts.
    EXACT {
        @Override
        String form(String text) {
            return text;
        }
    },
    /// Case, blanks and the marks `,./-_*^` do not count, and `'` is `"`: the rule of the Berkeley
    /// Function-Calling Leaderboard.
    BERKELEY {
        @Override
        String form(String text) {
            return IGNORED.matcher(text).replaceAll("").toLowerCase(Locale.ROOT).replace('\'', '"');
        }
    };

    private static final Pattern IGNORED = Pattern.compile("[ ,./\\-_*^]");

    /// Returns the text in the form in which equal ones are equal.
    abstract String form(String text);
}
