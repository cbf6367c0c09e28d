package dev.finetide.suitability.lasting;

import dev.finetide.suitability.Phrases;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Finds words that speak of the time at which an answer was written. A word that the answer takes from the text that
/// it translates or rewrites does not count, nor does a set phrase: "how can I help you today".
final class NowWords {
    private static final SortedMap<String, Phrases> BY_LANGUAGE = read();

    /// Set phrases around words of the list, which are taken out before the search.
    private static final Pattern SET_PHRASES =
            Pattern.compile("(?:help|assist|serve|support|join|joining|with|for) (?:you|us) today|today's|hoy en día|"
                    + "(?:still|even|until|known|used|found|remains?|exists?|survives?|stands?) (?:\\p{L}+ ){0,3}today|"
                    + "(?:today|tomorrow|yesterday) (?:and|or) (?:today|tomorrow|yesterday)|au jour d'aujourd'hui");

    /// "As of" with a month or year, and words for it.
    private static final Pattern AS_OF = Pattern.compile(
            "(?<!\\p{L})(?:as of|stand:?|état au|a partir de|à partir de)" + " (?:\\p{L}+ )?(?:19|20)\\d\\d(?!\\d)");

    private static final List<String> AS_OF_SIGNS = List.of("as of", "stand", "état au", "partir de");

    private static final Pattern TODAYS =
            Pattern.compile("today's (?:weather|date|price|prices|rate|rates|special|menu|news"
                    + "|forecast|temperature|schedule|exchange|game|match)(?!\\p{L})");

    private NowWords() {}

    private static SortedMap<String, Phrases> read() {
        try (InputStream in = NowWords.class.getResourceAsStream("now-words.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .collect(Collectors.groupingBy(
                            line -> line.substring(0, 2),
                            TreeMap::new,
                            Collectors.collectingAndThen(
                                    Collectors.mapping(line -> line.substring(3), Collectors.toList()), Phrases::of)));
        } catch (IOException e) {
            throw new UncheckedIOException("the words of time cannot be read", e);
        }
    }

    static boolean isIn(AskedAnswer row) {
        String answer = row.answer();
        if (answer.contains("today's") && TODAYS.matcher(answer).find()
                || row.hasAny(AS_OF_SIGNS) && AS_OF.matcher(answer).find()) {
            return true;
        }
        for (Map.Entry<String, Phrases> words : BY_LANGUAGE.entrySet()) {
            if (words.getValue().anyIn(answer)) {
                String rest = SET_PHRASES.matcher(answer).replaceAll(" ");
                Optional<String> word = words.getValue().in(rest);
                if (word.isPresent() && !isTaken(row, words.getKey(), word.get())) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Returns whether the answer has a word from a text in its question: the same word where nothing is asked or
    /// fields are filled, or a word of another language.
    private static boolean isTaken(AskedAnswer row, String language, String word) {
        if (row.isAsked(word) && (row.isJson() || !row.question().contains("?"))) {
            return true;
        }
        return BY_LANGUAGE.entrySet().stream()
                .anyMatch(other ->
                        !other.getKey().equals(language) && other.getValue().anyIn(row.question()));
    }
}
