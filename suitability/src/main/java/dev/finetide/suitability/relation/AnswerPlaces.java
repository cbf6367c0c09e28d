package dev.finetide.suitability.relation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.Call;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.json.JsonText;
import dev.finetide.metrics.text.Words;
import dev.finetide.suitability.sample.SampledRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/// Finds where answers stand: in their question, in another row, or nowhere.
final class AnswerPlaces {
    /// A place of an answer.
    enum Place {
        QUESTION,
        OTHER_ROW,
        NOWHERE
    }

    /// Part of the values of a JSON answer, or of a call, that stand in the question, so that the answer is extracted.
    private static final double MOST_VALUES = 0.5;

    /// Part of an answer's letters, by parts of words of three, that stand in the question, so that the answer
    /// is formed from it: a plural, a user name of a name.
    private static final double MOST_LETTERS = 0.5;

    private static final int LETTERS = 3;

    /// Words of an answer that may stand in the text of another row by its meaning, not by chance.
    private static final int FEWEST_WORDS = 2;

    private static final int MOST_WORDS = 20;

    /// Digits of a number that stands somewhere by more than chance.
    private static final int FEWEST_DIGITS = 3;

    private static final int SIMILAR_ROWS = 10;
    private static final int DEEPEST = 100;

    private final Task task;
    private final List<SampledRow> rows;
    private final List<String> texts;
    private final NearestQuestions similar;

    /// @param rows rows in which answers are looked for
    AnswerPlaces(Task task, List<SampledRow> rows) {
        this.task = task;
        this.rows = rows;
        this.texts =
                rows.stream().map(row -> row.question() + "\n" + row.answer()).toList();
        this.similar = new NearestQuestions(texts);
    }

    /// Returns where a row's answer stands.
    ///
    /// @param standsElsewhere whether the same answer stands in a row with another question
    Place of(SampledRow row, boolean standsElsewhere) {
        if (standsIn(row.question(), row.answer())) {
            return Place.QUESTION;
        }
        boolean byChance = task == Task.NUMBER && row.answer().strip().length() < FEWEST_DIGITS;
        return standsElsewhere && !byChance || standsInOtherRow(row) ? Place.OTHER_ROW : Place.NOWHERE;
    }

    /// Returns the share of an answer's words that stand in its question; empty for an answer without words.
    static Optional<Double> copiedWords(SampledRow row) {
        Set<String> asked = new HashSet<>(Words.of(row.question()));
        List<String> answer = Words.of(row.answer());
        return answer.isEmpty()
                ? Optional.empty()
                : Optional.of((double) answer.stream().filter(asked::contains).count() / answer.size());
    }

    private boolean standsIn(String question, String answer) {
        List<String> words = Words.of(question);
        return switch (task) {
            case JSON_EXTRACTION ->
                JsonText.parse(answer)
                        .map(json -> mostStand(words, values(json)))
                        .orElseGet(() -> contains(words, Words.of(answer)));
            case FUNCTION_CALLS -> {
                List<String> values = new ArrayList<>();
                for (Call call : CallConvention.PLAIN_JSON.read(answer).calls()) {
                    values.addAll(values(call.arguments()));
                }
                yield mostStand(words, values);
            }
            case NUMBER -> answer.strip().length() >= FEWEST_DIGITS && contains(words, Words.of(answer));
            case SHORT_ANSWER -> contains(words, Words.of(answer)) || isFormedOf(words, Words.of(answer));
            case CLASSIFICATION, SUMMARY, FREE_TEXT, TEXT -> contains(words, Words.of(answer));
        };
    }

    /// Returns whether most letters of an answer stand in words of the question, in their order.
    private static boolean isFormedOf(List<String> question, List<String> answer) {
        Set<String> asked = new HashSet<>(parts(question));
        List<String> answered = parts(answer);
        long standing = answered.stream().filter(asked::contains).count();
        return !answered.isEmpty() && standing >= MOST_LETTERS * answered.size();
    }

    /// Returns all parts of words that have three letters or digits.
    private static List<String> parts(List<String> words) {
        List<String> parts = new ArrayList<>();
        for (String word : words) {
            for (int i = 0; i + LETTERS <= word.length(); i++) {
                parts.add(word.substring(i, i + LETTERS));
            }
        }
        return parts;
    }

    private static boolean mostStand(List<String> question, List<String> values) {
        long standing = values.stream()
                .filter(value -> contains(question, Words.of(value)))
                .count();
        return !values.isEmpty() && standing >= MOST_VALUES * values.size();
    }

    private static List<String> values(JsonNode json) {
        List<String> values = new ArrayList<>();
        add(json, values, 0);
        return values;
    }

    private static void add(JsonNode json, List<String> values, int depth) {
        if (json.isContainerNode() && depth < DEEPEST) {
            json.forEach(value -> add(value, values, depth + 1));
        } else if (json.isTextual() || json.isNumber()) {
            values.add(json.asText());
        }
    }

    private static boolean contains(List<String> words, List<String> part) {
        return !part.isEmpty() && Collections.indexOfSubList(words, part) >= 0;
    }

    private boolean standsInOtherRow(SampledRow row) {
        List<String> words = Words.of(row.answer());
        boolean byChance = words.size() < FEWEST_WORDS && row.answer().strip().length() < 2 * FEWEST_DIGITS;
        if (task != Task.SHORT_ANSWER && task != Task.FREE_TEXT || byChance || words.size() > MOST_WORDS) {
            return false;
        }
        float[] similarities = similar.similarities(row.answer());
        Set<Integer> looked = new HashSet<>();
        IntPredicate isOther = place -> !looked.contains(place)
                && rows.get(place).number() != row.number()
                && !rows.get(place).question().equals(row.question());
        for (int i = 0; i < SIMILAR_ROWS; i++) {
            int best = NearestQuestions.best(similarities, isOther);
            if (best < 0 || similarities[best] == 0) {
                return false;
            }
            if (contains(Words.of(texts.get(best)), words)) {
                return true;
            }
            looked.add(best);
        }
        return false;
    }

    /// Returns the forms of answers that stand in rows of several questions, sorted, by their hashes.
    static long[] sharedAnswers(QuestionIndex index) {
        long[][] shared = {new long[64]};
        int[] count = {0};
        index.equalAnswers(places -> {
            boolean several = Arrays.stream(places).anyMatch(place -> index.asked(place) != index.asked(places[0]));
            if (several) {
                if (count[0] == shared[0].length) {
                    shared[0] = Arrays.copyOf(shared[0], 2 * count[0]);
                }
                shared[0][count[0]++] = index.answer(places[0]);
            }
        });
        long[] sorted = Arrays.copyOf(shared[0], count[0]);
        Arrays.sort(sorted);
        return sorted;
    }
}
