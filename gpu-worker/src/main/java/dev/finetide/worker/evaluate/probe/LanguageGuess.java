package dev.finetide.worker.evaluate.probe;

import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Guesses the language of a text: by its script, and for the Latin script by the most frequent
/// little words of seven languages. A text that is too short, or that fits two languages, has no
/// guess.
final class LanguageGuess {
    /// The fewest letters of a text that tell its script.
    private static final int FEWEST_LETTERS = 20;

    /// The fewest little words that tell a language, and how many times as many as of the next one.
    private static final int FEWEST_WORDS = 3;

    private static final int TIMES_AS_MANY = 2;

    private static final Map<String, Set<String>> WORDS = Map.of(
            "en",
                    Set.of(
                            "the", "and", "of", "to", "is", "that", "it", "for", "was", "with", "are", "you", "this",
                            "not"),
            "de",
                    Set.of(
                            "der", "die", "das", "und", "ist", "nicht", "ein", "eine", "den", "mit", "zu", "sich",
                            "auf", "ich"),
            "fr",
                    Set.of(
                            "le", "les", "et", "est", "des", "une", "dans", "que", "pour", "qui", "sur", "pas", "du",
                            "il"),
            "es", Set.of("el", "los", "y", "es", "una", "por", "las", "con", "para", "como", "pero", "del", "lo", "se"),
            "it",
                    Set.of(
                            "il", "di", "che", "è", "gli", "per", "sono", "della", "non", "con", "più", "anche", "nel",
                            "si"),
            "pt", Set.of("o", "os", "e", "é", "uma", "não", "para", "com", "do", "da", "em", "mas", "ao", "se"),
            "nl",
                    Set.of(
                            "het", "een", "van", "en", "is", "dat", "niet", "te", "op", "met", "zijn", "voor", "ik",
                            "er"));

    private LanguageGuess() {}

    /// Returns the name of a script, or the code of a language of the Latin script; empty for a
    /// text that does not tell.
    static Optional<String> of(String text) {
        Map<UnicodeScript, Integer> letters = new EnumMap<>(UnicodeScript.class);
        text.codePoints()
                .filter(Character::isLetter)
                .forEach(letter -> letters.merge(UnicodeScript.of(letter), 1, Integer::sum));
        int all = letters.values().stream().mapToInt(Integer::intValue).sum();
        return letters.entrySet().stream()
                .filter(script -> script.getValue() * 2 > all)
                .filter(script -> all >= FEWEST_LETTERS || isDense(script.getKey()) && all * 4 >= FEWEST_LETTERS)
                .findFirst()
                .flatMap(script -> script.getKey() == UnicodeScript.LATIN
                        ? language(text)
                        : Optional.of(script.getKey().name()));
    }

    /// Whether one letter of the script says about as much as a syllable or a word.
    private static boolean isDense(UnicodeScript script) {
        return List.of(UnicodeScript.HAN, UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA, UnicodeScript.HANGUL)
                .contains(script);
    }

    private static Optional<String> language(String text) {
        Map<String, Integer> found = new HashMap<>();
        for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}]+")) {
            WORDS.forEach((language, words) -> {
                if (words.contains(word)) {
                    found.merge(language, 1, Integer::sum);
                }
            });
        }
        List<Map.Entry<String, Integer>> most = found.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .toList();
        boolean tells = !most.isEmpty()
                && most.getFirst().getValue() >= FEWEST_WORDS
                && (most.size() == 1
                        || most.getFirst().getValue()
                                >= TIMES_AS_MANY * most.get(1).getValue());
        return tells ? Optional.of(most.getFirst().getKey()) : Optional.empty();
    }
}
