package dev.finetide.retrieval.words;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The words of a text as they are compared: compatible forms made one (NFKC), lower case, letters and digits
/// only. In scripts without spaces each character is a word.
public final class NormalWords {
    private NormalWords() {}

    public static List<String> of(String text) {
        String normal = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        normal.codePoints().forEach(codePoint -> {
            boolean inside = Character.isLetterOrDigit(codePoint) || Scripts.isMark(codePoint) && !word.isEmpty();
            if (!inside || Scripts.withoutSpaces(codePoint) && !Scripts.isMark(codePoint)) {
                end(word, words);
            }
            if (inside) {
                word.appendCodePoint(codePoint);
            }
        });
        end(word, words);
        return words;
    }

    private static void end(StringBuilder word, List<String> words) {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }
}
