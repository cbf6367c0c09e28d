package dev.finetide.metrics.text;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A regular expression of a user that cannot take forever: a search that reads more characters
/// than its bound ends with an exception. java.util.regex goes back and forth over a text, so a
/// short pattern such as `(a+)+b` would otherwise take longer than the world has.
public final class BoundedPattern {
    private static final long STEPS = 2_000_000;
    private static final long STEPS_A_CHARACTER = 200;

    private final Pattern pattern;

    private BoundedPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /// @throws IllegalArgumentException where the text is no regular expression; the message says
    ///     where and why
    public static BoundedPattern of(String regex) {
        try {
            return new BoundedPattern(Pattern.compile(regex));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "The pattern is no regular expression: " + e.getDescription() + " near character " + e.getIndex(),
                    e);
        }
    }

    /// Returns the first group of the first match that has one, the whole match where the pattern
    /// has no groups.
    ///
    /// @throws IllegalStateException where the search takes too many steps
    public Optional<String> firstIn(String text) {
        try {
            Matcher matcher = pattern.matcher(new Counted(text, bound(text)));
            if (!matcher.find()) {
                return Optional.empty();
            }
            for (int group = 1; group <= matcher.groupCount(); group++) {
                if (matcher.group(group) != null) {
                    return Optional.of(matcher.group(group));
                }
            }
            return Optional.of(matcher.group());
        } catch (StackOverflowError e) {
            throw tooMany(text, e);
        }
    }

    /// Returns whether the pattern is found anywhere in the text.
    ///
    /// @throws IllegalStateException where the search takes too many steps
    public boolean isIn(String text) {
        try {
            return pattern.matcher(new Counted(text, bound(text))).find();
        } catch (StackOverflowError e) {
            throw tooMany(text, e);
        }
    }

    private static long bound(String text) {
        return STEPS + STEPS_A_CHARACTER * text.length();
    }

    private static IllegalStateException tooMany(CharSequence text, Throwable cause) {
        return new IllegalStateException(
                "The pattern takes too many steps on a text of " + text.length() + " characters", cause);
    }

    /// A text that counts how often the search reads a character of it.
    private static final class Counted implements CharSequence {
        private final String text;
        private long left;

        Counted(String text, long left) {
            this.text = text;
            this.left = left;
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw tooMany(text, null);
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
