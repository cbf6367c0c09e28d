package dev.finetide.metrics.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Words of texts in any script. A run of letters, marks and digits is a word; in scripts that are
/// written without spaces, each character is one.
public final class Words {
    private Words() {}

    /// Returns the words in lower case, in compatibility form, without punctuation.
    public static List<String> of(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        folded(text).codePoints().forEach(c -> {
            boolean alone = standsAlone(c);
            if (alone || !isPartOfWord(c)) {
                end(word, words);
            }
            if (isPartOfWord(c)) {
                word.appendCodePoint(c);
            }
            if (alone) {
                end(word, words);
            }
        });
        end(word, words);
        return words;
    }

    /// Returns the text in lower case and in Unicode's compatibility form NFKC.
    public static String folded(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    /// Returns whether a code point belongs to a script that puts no spaces between words.
    public static boolean standsAlone(int c) {
        // The first such script is Thai, and most texts end before it.
        if (c < 0x0E00) {
            return false;
        }
        return switch (Character.UnicodeScript.of(c)) {
            case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> Character.isLetter(c);
            default -> false;
        };
    }

    private static boolean isPartOfWord(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> Character.isLetterOrDigit(c);
        };
    }

    private static void end(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }
}
