package dev.finetide.suitability.personal;

/// Says where a number or a word ends. A letter of a script without spaces may stand beside a
/// number.
final class Digits {
    /// The first digit beyond ASCII, the Arabic-Indic zero.
    private static final char FIRST_OTHER = '\u0660';

    /// The wide forms of ASCII, from "！" to "～".
    private static final char FIRST_WIDE = '\uFF01';

    private static final char LAST_WIDE = '\uFF5E';

    private Digits() {}

    static boolean isAt(String text, int i) {
        return i >= 0 && i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }

    /// Returns whether a place has a Latin letter or a digit, so that what stands beside it goes on
    /// there.
    static boolean goesOn(String text, int i) {
        return isAt(text, i) || isLatin(text, i);
    }

    static boolean isLatin(String text, int i) {
        return i >= 0
                && i < text.length()
                && Character.isLetter(text.charAt(i))
                && Character.UnicodeScript.of(text.charAt(i)) == Character.UnicodeScript.LATIN;
    }

    /// Returns a text of the same length in which decimal digits of other scripts, such as "٤२４", and
    /// the wide forms of ASCII are those of ASCII.
    static String plain(String text) {
        char[] plain = null;
        for (int i = 0; i < text.length(); i++) {
            char c = plain(text.charAt(i));
            if (c != text.charAt(i)) {
                plain = plain == null ? text.toCharArray() : plain;
                plain[i] = c;
            }
        }
        return plain == null ? text : new String(plain);
    }

    private static char plain(char c) {
        if (c < FIRST_OTHER) {
            return c;
        }
        if (c >= FIRST_WIDE && c <= LAST_WIDE) {
            return (char) (c - FIRST_WIDE + '!');
        }
        return Character.isDigit(c) ? (char) ('0' + Character.digit(c, 10)) : c;
    }
}
