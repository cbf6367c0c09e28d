package dev.finetide.retrieval.words;

import java.lang.Character.UnicodeScript;

/// Tells scripts that write no spaces between words. Each of their characters counts as a word, so that sizes
/// need no dictionary.
final class Scripts {
    private Scripts() {}

    static boolean withoutSpaces(int codePoint) {
        if (codePoint < 0x0E00) {
            return false;
        }
        return switch (UnicodeScript.of(codePoint)) {
            case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR, TIBETAN -> true;
            default -> false;
        };
    }

    /// A mark belongs to the character before it, so nothing is cut between them.
    static boolean isMark(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK -> true;
            default -> codePoint == 0x200D;
        };
    }
}
