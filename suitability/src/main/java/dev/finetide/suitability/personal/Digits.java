package dev.finetide.suitability.personal;

/// Says where a number or a word ends. A letter of a script without spaces may stand beside a
/// number.
final class Digits {
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
}
