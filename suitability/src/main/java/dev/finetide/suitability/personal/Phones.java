package dev.finetide.suitability.personal;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds telephone numbers: with a country code, in the form of North America, and with a leading zero
/// and groups. A plain row of digits is none, because it may be any number.
final class Phones implements Redaction.Finder {
    private static final int LEAST = 7;
    private static final int MOST = 15;
    private static final String END = "(?![\\p{L}\\d])";
    private static final List<Pattern> FORMS = List.of(
            // +49 30 1234567, +1 (415) 555-2671, 0049-30-1234567
            Pattern.compile("(?<![\\p{L}\\d+])(?:\\+|00)[1-9](?:[ ().\\-/]{0,2}\\d){6,14}" + END),
            // (415) 555-2671, 415-555-2671, 1-415-555-2671
            Pattern.compile("(?<![\\p{L}\\d.+-])(?:1[ .-])?(?:\\(\\d{3}\\) ?|\\d{3}[ .-])\\d{3}[ .-]\\d{4}" + END),
            // 06 12 34 56 78
            Pattern.compile("(?<![\\p{L}\\d.+-])0\\d(?:[ .-]\\d{2}){4}" + END),
            // 030 1234567, 0171/1234567, 07700 900123
            Pattern.compile("(?<![\\p{L}\\d.+-])0\\d{2,4}[ /-]\\d{3,4}(?:[ -]?\\d{2,4}){1,3}" + END));

    @Override
    public String replaced(String text, String by) {
        if (text.chars().filter(c -> c >= '0' && c <= '9').limit(LEAST).count() < LEAST) {
            return text;
        }
        String left = text;
        for (Pattern form : FORMS) {
            left = form.matcher(left)
                    .replaceAll(found -> Matcher.quoteReplacement(isNumber(found) ? by : found.group()));
        }
        return left;
    }

    private static boolean isNumber(MatchResult found) {
        long digits = found.group().chars().filter(Character::isDigit).count();
        return digits >= LEAST && digits <= MOST + 2;
    }
}
