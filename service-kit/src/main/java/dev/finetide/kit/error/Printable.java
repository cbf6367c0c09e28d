package dev.finetide.kit.error;

import java.util.regex.Pattern;

/// A client's text in a form that may stand in messages and logs: without control characters, of bounded length.
public final class Printable {
    private static final int LONGEST = 200;
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}]");

    private Printable() {}

    /// Returns the text on one line, with `\n` for the end of a line and `?` for other characters that do not print.
    public static String line(String text) {
        return UNPRINTABLE.matcher(text).replaceAll(found -> found.group().equals("\n") ? "\\\\n" : "?");
    }

    /// Returns at most 200 characters of the text.
    public static String of(String text) {
        return of(text, LONGEST);
    }

    /// @param longest most characters that are kept; three dots follow if there are more
    public static String of(String text, int longest) {
        String safe = UNPRINTABLE.matcher(text).replaceAll("?");
        if (safe.codePointCount(0, safe.length()) <= longest) {
            return safe;
        }
        return safe.substring(0, safe.offsetByCodePoints(0, longest)) + "...";
    }
}
