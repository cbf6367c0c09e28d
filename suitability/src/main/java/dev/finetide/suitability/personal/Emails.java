package dev.finetide.suitability.personal;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.validator.routines.DomainValidator;

/// Finds e-mail addresses. The last part of the domain is one that exists: `logo@2x.png` and
/// `a@b.reshape` are none.
final class Emails implements Redaction.Finder {
    /// The part before the @ has no look back over more than one character, and every repetition is
    /// bounded: the time is linear in the text. An address in Latin letters may stand in Japanese
    /// text without spaces.
    private static final Pattern LATIN = Pattern.compile(address("\\p{IsLatin}\\d", "\\p{IsLatin}"));

    private static final int LONGEST_USER = 70;

    private static final Pattern ANY = Pattern.compile(address("\\p{L}\\p{M}\\p{N}", "\\p{L}\\p{M}"));

    private static String address(String characters, String letters) {
        return "(?<![" + characters + "._%+-])[" + characters + "._%+-]{1,64}+@(?:[" + characters + "](?:[" + characters
                + "-]{0,61}[" + characters + "])?\\.){1,8}([" + letters + "]{2,24})(?![" + characters + "])";
    }

    @Override
    public String replaced(String text, String by) {
        return text.indexOf('@') < 0 ? text : replaced(ANY, replaced(LATIN, text, by), by);
    }

    private static String replaced(Pattern form, String text, String by) {
        return form.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(isAddress(found, text) ? by : found.group()));
    }

    private static boolean isAddress(MatchResult found, String text) {
        // git@github.com:name/repository.git is the address of a repository.
        boolean isRepository =
                found.group().startsWith("git@") && found.end() < text.length() && text.charAt(found.end()) == ':';
        return !isRepository && !isUser(text, found.start()) && isTopLevel(found.group(1));
    }

    /// Returns whether a password stands there in the address of a server: https://name:password@host.
    private static boolean isUser(String text, int start) {
        int scheme = text.lastIndexOf("://", start);
        return scheme >= 0
                && start - scheme < LONGEST_USER
                && text.charAt(start - 1) == ':'
                && text.substring(scheme, start).chars().noneMatch(Character::isWhitespace);
    }

    /// Returns whether a domain may end in a name; texts about mail use "example" (RFC 2606).
    private static boolean isTopLevel(String name) {
        return name.equalsIgnoreCase("example") || DomainValidator.getInstance().isValidTld(name);
    }
}
