package dev.finetide.suitability.linear;

import dev.finetide.metrics.text.Words;
import java.util.List;

/// Cuts texts into words and pairs of words, each as 64 bits of a hash, so that vocabularies of many texts stay small.
/// Scripts without spaces are cut into characters.
public final class TextTerms {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private TextTerms() {}

    /// Returns the words of a text, in their order.
    public static long[] words(String text) {
        List<String> words = Words.of(text);
        long[] hashes = new long[words.size()];
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = hash(words.get(i));
        }
        return hashes;
    }

    /// Returns the words of a text, then its pairs of neighbouring words. A pair has the lowest bit set, a word has
    /// not.
    public static long[] wordsAndPairs(String text) {
        long[] words = words(text);
        if (words.length == 0) {
            return words;
        }
        long[] terms = new long[2 * words.length - 1];
        System.arraycopy(words, 0, terms, 0, words.length);
        for (int i = 1; i < words.length; i++) {
            terms[words.length + i - 1] = mixed(words[i - 1] * GOLDEN + words[i]) | 1;
        }
        return terms;
    }

    static boolean isPair(long term) {
        return (term & 1) == 1;
    }

    /// Returns 64 bits that equal texts share.
    public static long hash(String text) {
        long hash = text.length();
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * GOLDEN;
            hash ^= hash >>> 29;
        }
        return mixed(hash) & ~1L;
    }

    /// Spreads the bits of a number (splitmix64).
    public static long mixed(long number) {
        long z = number + GOLDEN;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
