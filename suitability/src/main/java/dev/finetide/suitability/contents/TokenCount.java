package dev.finetide.suitability.contents;

import dev.finetide.metrics.text.Words;

/// Counts words and marks of a text without a tokenizer. A run of letters, digits and their marks is one; in scripts
/// without spaces each character is one, and so is each punctuation mark or symbol.
final class TokenCount {
    /// Most characters of a word. A longer run, as of base64, is cut: no tokenizer has a token for it.
    static final int LONGEST_WORD = 50;

    private TokenCount() {}

    static long of(String text) {
        long count = 0;
        int run = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (isPartOfWord(c) && !Words.standsAlone(c)) {
                // A combining mark after a character that stands alone belongs to it.
                boolean begins = run == 0 || run == LONGEST_WORD;
                count += begins ? 1 : 0;
                run = begins ? 1 : run + 1;
            } else {
                run = Words.standsAlone(c) ? 1 : 0;
                count += isGap(c) ? 0 : 1;
            }
        }
        return count;
    }

    private static boolean isGap(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c);
    }

    private static boolean isPartOfWord(int c) {
        if (c < 128) {
            return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
        }
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> Character.isLetterOrDigit(c);
        };
    }
}
