package dev.finetide.suitability.personal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds international bank account numbers whose check digits are right (ISO 13616: the number modulo
/// 97 is 1).
final class Ibans implements Redaction.Finder {
    private static final int LEAST = 15;
    private static final int MOST = 34;
    private static final Pattern BEGINNING = Pattern.compile("(?<![\\p{IsLatin}\\d])[A-Z]{2}\\d{2}(?= ?[A-Z0-9])");

    @Override
    public String replaced(String text, String by) {
        if (!mayBeIn(text)) {
            return text;
        }
        Matcher beginning = BEGINNING.matcher(text);
        StringBuilder left = new StringBuilder();
        int copied = 0;
        while (beginning.find(Math.max(copied, 0))) {
            int end = end(text, beginning.start());
            left.append(text, copied, beginning.start());
            if (end > 0) {
                left.append(by);
                copied = end;
            } else {
                left.append(text, beginning.start(), beginning.end());
                copied = beginning.end();
            }
        }
        return copied == 0 ? text : left.append(text, copied, text.length()).toString();
    }

    /// Returns whether a digit follows a capital letter, which is told much faster than by the pattern.
    private static boolean mayBeIn(String text) {
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            char before = text.charAt(i - 1);
            if (c >= '0' && c <= '9' && before >= 'A' && before <= 'Z') {
                return true;
            }
        }
        return false;
    }

    /// Returns the end of the longest number that begins at a place; -1 if there is none.
    private static int end(String text, int start) {
        int end = -1;
        StringBuilder number = new StringBuilder();
        for (int i = start; i < text.length() && number.length() <= MOST; i++) {
            char c = text.charAt(i);
            boolean isPart = c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (isPart) {
                number.append(c);
                boolean complete = !Digits.goesOn(text, i + 1);
                if (complete && number.length() >= LEAST && number.length() <= MOST && isValid(number)) {
                    end = i + 1;
                }
            } else if (c != ' ' || text.charAt(i - 1) == ' ') {
                break;
            }
        }
        return end;
    }

    private static boolean isValid(CharSequence iban) {
        int remainder = 0;
        for (int i = 0; i < iban.length(); i++) {
            // The first four characters come last, and letters count as two digits: A is 10.
            char c = iban.charAt((i + 4) % iban.length());
            int value = Character.digit(c, 36);
            remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
        }
        return remainder == 1;
    }
}
