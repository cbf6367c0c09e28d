package dev.finetide.worker.evaluate;

import dev.finetide.metrics.Task;
import dev.finetide.metrics.text.Words;
import dev.finetide.proto.evaluation.v1.RowFacts;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Says what is known about the asked rows before anybody answers them, so that the rows can be cut into slices.
final class SliceFacts {
    /// The most train rows among which the most similar one is looked for.
    private static final int MOST_TRAIN_ROWS = 200_000;

    /// Rows that BM25 finds most similar, of which the one with most words in common counts.
    private static final int CANDIDATES = 5;

    private static final int LONGEST_TAG = 100;

    private final EvaluationData data;
    private final ExamplePool pool;
    private final Set<String> trainQuestions;
    private final Map<Integer, RowFacts> known = new HashMap<>();

    /// @param pool the train rows
    SliceFacts(EvaluationData data, ExamplePool pool) {
        this.data = data;
        this.pool = pool;
        this.trainQuestions = data.train().stream().map(RowTexts::asked).collect(Collectors.toCollection(HashSet::new));
    }

    /// Returns the facts of an asked row.
    ///
    /// @param index place of the row among the asked rows, counted from 0
    RowFacts of(int index) {
        return known.computeIfAbsent(index, this::found);
    }

    private RowFacts found(int index) {
        SourcedRow row = data.rows().get(index);
        String question = RowTexts.userText(row.row());
        RowFacts.Builder facts = RowFacts.newBuilder()
                .setInputCharacters(question.codePointCount(0, question.length()))
                .setLeaked(trainQuestions.contains(RowTexts.asked(row.row())));
        row.tags().forEach((name, value) -> {
            if (!name.equals(RowTexts.ACCEPTABLE)) {
                facts.putTags(name, beginning(value));
            }
        });
        if (data.measuring().task() == Task.CLASSIFICATION) {
            facts.setLabel(RowTexts.answer(row.row()));
        }
        similarity(row.row(), question).ifPresent(facts::setTrainSimilarity);
        return facts.build();
    }

    private static String beginning(String text) {
        return text.codePointCount(0, text.length()) <= LONGEST_TAG
                ? text
                : text.substring(0, text.offsetByCodePoints(0, LONGEST_TAG));
    }

    private Optional<Double> similarity(TextRow row, String question) {
        if (data.train().isEmpty()
                || data.train().size() > MOST_TRAIN_ROWS
                || data.measuring().task() == Task.TEXT) {
            return Optional.empty();
        }
        Set<String> words = new HashSet<>(Words.of(question));
        List<TextRow> similar = pool.mostSimilar(row, CANDIDATES);
        return Optional.of(similar.stream()
                .mapToDouble(other -> jaccard(words, new HashSet<>(Words.of(RowTexts.userText(other)))))
                .max()
                .orElse(0));
    }

    private static double jaccard(Set<String> one, Set<String> other) {
        if (one.isEmpty() && other.isEmpty()) {
            return 1;
        }
        long common = one.stream().filter(other::contains).count();
        return (double) common / (one.size() + other.size() - common);
    }
}
