package dev.finetide.worker.evaluate;

import dev.finetide.metrics.Task;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.suitability.linear.LinearClassifier;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Answers with the label of a linear model of words, which it trains on the train rows.
final class LinearModel implements OutsideModel {
    private static final long SEED = 26;

    private final LinearClassifier classifier;
    private final OutsideResults results;
    private final String description;

    /// @throws IllegalArgumentException when the answers are no classes
    LinearModel(EvaluationData data, OutsideResults results) {
        if (data.measuring().task() != Task.CLASSIFICATION) {
            throw new IllegalArgumentException("a linear model: expected the task CLASSIFICATION, the task is "
                    + data.measuring().task() + " (" + data.measuring().reason() + ")");
        }
        this.results = results;
        long started = System.nanoTime();
        this.classifier = LinearClassifier.train(
                data.train().stream().map(RowTexts::userText).toList(),
                data.train().stream().map(RowTexts::answer).toList(),
                SEED);
        this.description = String.format(
                Locale.ROOT,
                " A linear model of %,d words and pairs of words was trained on %,d rows in %.1f s.",
                classifier.terms(),
                data.train().size(),
                (System.nanoTime() - started) / 1e9);
    }

    @Override
    public boolean answer(
            List<PromptedRow> rows, Consumer<List<ExampleResult.Builder>> answers, BooleanSupplier stopped) {
        if (!rows.isEmpty() && !stopped.getAsBoolean()) {
            answers.accept(rows.stream().map(this::result).toList());
        }
        return !stopped.getAsBoolean();
    }

    private ExampleResult.Builder result(PromptedRow row) {
        long started = System.nanoTime();
        LinearClassifier.Choice choice = classifier.classify(RowTexts.userText(row.text()));
        double seconds = (System.nanoTime() - started) / 1e9;
        Reply reply = Reply.without(
                choice.label(), OptionalDouble.of(choice.probability()), results.tokens(choice.label()), seconds);
        return results.result(row, reply).setSentPrompt(RowTexts.userText(row.text()));
    }

    @Override
    public String describe() {
        return description;
    }
}
