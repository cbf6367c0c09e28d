package dev.finetide.demo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Learns a byte-level byte pair encoding (Sennrich et al. 2016; bytes as in GPT-2): starts from single bytes
/// and merges the most frequent pair of neighbours within words, again and again. Ties go to the pair that
/// sorts first, so the same text always gives the same tokens.
final class BpeTrainer {
    /// The pieces of a text that merges never cross: two capital letters, a capitalised word, a word with the
    /// space before it, two digits, signs, white space. Capital letters, capitalised words, digits and the hash
    /// sign never include the space before them. So a name, a product or an order number has the same tokens at
    /// every place, and can be copied token by token.
    static final String WORDS = "#|\\p{Lu}{2}(?!\\p{L})|\\p{Lu}\\p{Ll}+| ?\\p{Ll}+| ?\\p{Lu}(?!\\p{Ll})"
            + "|\\p{N}{1,2}| ?[^\\s\\p{Lu}\\p{Ll}\\p{N}#]+|\\s+";

    private static final Pattern WORD = Pattern.compile(WORDS);

    /// @param tokens the vocabulary without special tokens, in the order of their ids: 256 bytes, then one for
    ///     each merge
    /// @param merges pairs of tokens, the first learned first
    record Bpe(List<String> tokens, List<Pair> merges) {}

    record Pair(String left, String right) {}

    private static final class Word {
        private final List<String> parts;
        private final long count;

        private Word(List<String> parts, long count) {
            this.parts = parts;
            this.count = count;
        }

        private void merge(Pair pair) {
            for (int i = 0; i + 1 < parts.size(); i++) {
                if (parts.get(i).equals(pair.left()) && parts.get(i + 1).equals(pair.right())) {
                    parts.set(i, pair.left() + pair.right());
                    parts.remove(i + 1);
                }
            }
        }
    }

    private BpeTrainer() {}

    /// Learns an encoding.
    ///
    /// @param size number of tokens of the encoding
    static Bpe train(List<String> texts, int size) {
        List<Word> words = words(texts);
        Set<String> tokens = new LinkedHashSet<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(String.valueOf(letter(b)));
        }
        List<Pair> merges = new ArrayList<>();
        while (tokens.size() < size) {
            Map<Pair, Long> counts = new HashMap<>();
            for (Word word : words) {
                for (int i = 0; i + 1 < word.parts.size(); i++) {
                    counts.merge(new Pair(word.parts.get(i), word.parts.get(i + 1)), word.count, Long::sum);
                }
            }
            Pair best = counts.entrySet().stream()
                    .max(Map.Entry.<Pair, Long>comparingByValue()
                            .thenComparing(e -> e.getKey().left(), Comparator.reverseOrder())
                            .thenComparing(e -> e.getKey().right(), Comparator.reverseOrder()))
                    .orElseThrow(() -> new IllegalArgumentException("the text gives fewer than " + size + " tokens"))
                    .getKey();
            words.forEach(word -> word.merge(best));
            merges.add(best);
            tokens.add(best.left() + best.right());
        }
        return new Bpe(List.copyOf(tokens), List.copyOf(merges));
    }

    private static List<Word> words(List<String> texts) {
        Map<String, Long> counts = new TreeMap<>();
        for (String text : texts) {
            Matcher word = WORD.matcher(text);
            while (word.find()) {
                counts.merge(word.group(), 1L, Long::sum);
            }
        }
        List<Word> words = new ArrayList<>(counts.size());
        counts.forEach((word, count) -> words.add(new Word(letters(word), count)));
        return words;
    }

    private static List<String> letters(String word) {
        List<String> letters = new ArrayList<>();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            letters.add(String.valueOf(letter(b & 0xff)));
        }
        return letters;
    }

    /// Returns the printable character that stands for a byte: the same character where it is printable Latin-1,
    /// otherwise the next free one from U+0100 on.
    private static char letter(int b) {
        if (isPrintable(b)) {
            return (char) b;
        }
        char letter = 0x100;
        for (int before = 0; before < b; before++) {
            letter = (char) (letter + (isPrintable(before) ? 0 : 1));
        }
        return letter;
    }

    private static boolean isPrintable(int b) {
        return b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
    }
}
