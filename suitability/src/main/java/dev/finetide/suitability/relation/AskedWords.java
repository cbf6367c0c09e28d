package dev.finetide.suitability.relation;

import dev.finetide.metrics.text.Words;
import dev.finetide.suitability.linear.TextTerms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// The words of a question that carry its meaning, in their order. Questions are near if these words are equal but for
/// the spelling of one or two: case, marks, articles and words of politeness do not count, but "not", "on" and "off"
/// and all numbers do. The similarity of shingles is no such test: "buys 4 apples" and "buys 5 apples" are similar,
/// and have other answers with right.
record AskedWords(List<String> words) {
    /// Parts of a question, of which one may be spelled differently.
    static final int PARTS = 4;

    private static final int MOST_VARIANTS = 2;
    private static final int LONG = 6;
    private static final int VERY_LONG = 10;

    /// Words that ask, and say nothing about what.
    private static final Set<String> EMPTY = Set.of(
            "a", "an", "the", "please", "is", "are", "am", "was", "do", "does", "did", "can", "could", "would", "will",
            "should", "i", "me", "my", "you", "your", "it", "this", "that", "kindly", "hi", "hello", "hey", "thanks",
            "bitte", "der", "die", "das", "ein", "eine", "ich", "ist", "kann", "hallo", "danke", "le", "la", "les",
            "un", "une", "je", "est", "bonjour", "merci", "el", "los", "una", "por", "favor", "hola", "gracias");

    static AskedWords of(String asked) {
        List<String> all = Words.of(asked);
        List<String> words = new ArrayList<>(all.size());
        for (String word : all) {
            if (!EMPTY.contains(word)) {
                words.add(word);
            }
        }
        return new AskedWords(words.isEmpty() ? all : words);
    }

    /// Returns a key that questions with the same words share.
    long key() {
        return key(words, -1);
    }

    /// Returns a key for each part that is left out; near questions share one. Questions of one word have none.
    long[] keysWithoutAPart() {
        int parts = words.size() < 2 ? 0 : Math.min(PARTS, words.size());
        long[] keys = new long[parts];
        for (int part = 0; part < parts; part++) {
            keys[part] = key(words, part);
        }
        return keys;
    }

    private static long key(List<String> words, int leftOut) {
        int parts = Math.min(PARTS, words.size());
        long key = words.size() * 31L + leftOut;
        for (int part = 0; part < parts; part++) {
            if (part != leftOut) {
                for (int i = part * words.size() / parts; i < (part + 1) * words.size() / parts; i++) {
                    key = TextTerms.mixed(key + TextTerms.hash(words.get(i)));
                }
            }
        }
        return key;
    }

    /// Returns whether the words are equal but for the spelling of one or two.
    boolean isNear(AskedWords other) {
        if (words.size() != other.words.size()) {
            return false;
        }
        int variants = 0;
        for (int i = 0; i < words.size(); i++) {
            if (!words.get(i).equals(other.words.get(i))) {
                variants++;
                if (variants > MOST_VARIANTS || !isVariant(words.get(i), other.words.get(i))) {
                    return false;
                }
            }
        }
        return true;
    }

    /// Returns whether two words are spellings of one: long words that begin alike and differ in a letter, very long
    /// ones in two. Words with digits are never.
    private static boolean isVariant(String one, String other) {
        int shorter = Math.min(one.length(), other.length());
        if (shorter < LONG || one.charAt(0) != other.charAt(0) || hasDigit(one) || hasDigit(other)) {
            return false;
        }
        return distance(one, other) <= (shorter < VERY_LONG ? 1 : 2);
    }

    private static boolean hasDigit(String word) {
        return word.codePoints().anyMatch(Character::isDigit);
    }

    /// Returns the number of letters to insert, delete, replace or swap with a neighbour.
    private static int distance(String one, String other) {
        int[] before = new int[other.length() + 1];
        int[] above = new int[other.length() + 1];
        int[] row = new int[other.length() + 1];
        Arrays.setAll(above, i -> i);
        for (int i = 1; i <= one.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(above[j - 1] + change, 1 + Math.min(above[j], row[j - 1]));
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1)) {
                    row[j] = Math.min(row[j], before[j - 2] + 1);
                }
            }
            int[] spare = before;
            before = above;
            above = row;
            row = spare;
        }
        return above[other.length()];
    }
}
