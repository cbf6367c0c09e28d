package dev.finetide.suitability.personal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds e-mail addresses.
final class Emails implements Redaction.Finder {
    /// The part before the @ has no look back over more than one character, and every repetition is
    /// bounded: the time is linear in the text.
    private static final Pattern EMAIL = Pattern.compile("(?<![\\p{L}\\p{N}._%+-])[\\p{L}\\p{N}._%+-]{1,64}+@"
            + "(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?\\.){1,8}[\\p{L}]{2,24}(?![\\p{L}\\p{N}])");

    @Override
    public String replaced(String text, String by) {
        return text.indexOf('@') < 0 ? text : EMAIL.matcher(text).replaceAll(Matcher.quoteReplacement(by));
    }
}
