package dev.finetide.suitability.relation;

import dev.finetide.metrics.text.Overlap;
import dev.finetide.metrics.text.Words;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The facts of an answer in free words: its numbers, its names, whether it says yes or no, whether it denies.
///
/// @param words how often each word stands in the answer
/// @param size number of words
/// @param numbers words with digits
/// @param names words with a capital letter that begin no sentence
/// @param agrees whether the answer begins with yes (1) or no (-1); 0 for neither
/// @param denies whether the answer has a word as "not"
record FactsOfText(
        Map<List<String>, Integer> words,
        int size,
        Set<String> numbers,
        Set<String> names,
        int agrees,
        boolean denies) {
    /// Share of words from which two answers say nearly the same.
    private static final double ALIKE = 0.5;

    /// Share of words from which a "not" in one answer alone turns its meaning.
    private static final double EQUAL_BUT_FOR_A_WORD = 0.8;

    private static final int LONGEST = 4_000;
    private static final Set<String> YES = Set.of("yes", "ja", "oui", "sí", "si", "да", "はい", "是");
    private static final Set<String> NO = Set.of("no", "nein", "non", "nee", "нет", "いいえ", "否");
    private static final Set<String> DENIALS =
            Set.of("not", "no", "never", "cannot", "nicht", "kein", "keine", "nie", "pas", "jamais", "nunca", "не");
    private static final Pattern NAME = Pattern.compile("(?<![.!?:\"\\n]\\s?)(?<=\\s)\\p{Lu}[\\p{L}\\p{M}\\p{Nd}'-]*");

    static FactsOfText of(String answer) {
        String text = answer.length() > LONGEST ? answer.substring(0, LONGEST) : answer;
        List<String> words = Words.of(text);
        Set<String> numbers = new HashSet<>();
        boolean denies = text.toLowerCase(Locale.ROOT).contains("n't");
        for (String word : words) {
            if (word.codePoints().anyMatch(Character::isDigit)) {
                numbers.add(word);
            }
            denies |= DENIALS.contains(word);
        }
        Set<String> names = new HashSet<>();
        for (Matcher name = NAME.matcher(text.strip()); name.find(); ) {
            names.add(name.group().toLowerCase(Locale.ROOT));
        }
        String first = words.isEmpty() ? "" : words.getFirst();
        int agrees = YES.contains(first) ? 1 : NO.contains(first) ? -1 : 0;
        return new FactsOfText(Overlap.ngrams(words, 1), words.size(), numbers, names, agrees, denies);
    }

    /// Returns whether the answers cannot both be right: one says yes and the other no, or they use about the same
    /// words for other numbers or names, or one denies what the other says.
    boolean contradicts(FactsOfText other) {
        if (agrees * other.agrees < 0) {
            return true;
        }
        double alike = Overlap.f1(Overlap.common(words, other.words), size, other.size);
        return alike >= ALIKE && (areOther(numbers, other.numbers) || areOther(names, other.names))
                || alike >= EQUAL_BUT_FOR_A_WORD && denies != other.denies;
    }

    /// Returns whether each set has something that the other one lacks.
    private static boolean areOther(Set<String> one, Set<String> other) {
        return !one.containsAll(other) && !other.containsAll(one);
    }
}
