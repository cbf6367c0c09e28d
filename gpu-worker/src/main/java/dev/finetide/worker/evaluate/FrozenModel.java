package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.SourcedRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Answers with texts that somebody has collected.
final class FrozenModel implements OutsideModel {
    private final String source;
    private final Map<Integer, String> answers;
    private final OutsideResults results;

    /// @param source name of the dataset version of the answers
    /// @param collected rows whose prompt is the number of an asked row, counted from 1, and whose
    ///     completion answers it
    /// @param asked number of asked rows
    /// @throws IllegalArgumentException naming the first row without an answer, or with two
    FrozenModel(String source, List<SourcedRow> collected, int asked, OutsideResults results) {
        this.source = source;
        this.results = results;
        this.answers = new HashMap<>();
        for (SourcedRow row : collected) {
            int number = number(row);
            String answer = ((PromptCompletionRow) row.row()).completion();
            if (answers.put(number, answer) != null) {
                throw new IllegalArgumentException("answers of " + source + ": row " + number + " has two answers");
            }
        }
        int[] missing = IntStream.rangeClosed(1, asked)
                .filter(row -> !answers.containsKey(row))
                .toArray();
        if (missing.length > 0) {
            throw new IllegalArgumentException(
                    "answers of %s: %d of %d rows have no answer, the first of them is row %d"
                            .formatted(source, missing.length, asked, missing[0]));
        }
    }

    private int number(SourcedRow row) {
        if (row.row() instanceof PromptCompletionRow completion
                && completion.prompt().strip().matches("[1-9]\\d{0,8}")) {
            return Integer.parseInt(completion.prompt().strip());
        }
        throw new IllegalArgumentException(
                "answers of " + source + ": " + row.place("train", 0) + " has no row number as its prompt");
    }

    @Override
    public boolean answer(List<PromptedRow> rows, Consumer<List<ExampleResult.Builder>> sink, BooleanSupplier stopped) {
        if (!rows.isEmpty() && !stopped.getAsBoolean()) {
            sink.accept(rows.stream().map(this::result).toList());
        }
        return !stopped.getAsBoolean();
    }

    private ExampleResult.Builder result(PromptedRow row) {
        String answer = answers.get(row.index() + 1);
        int tokens = results.tokens(answer);
        return results.result(row, Reply.without(answer, OptionalDouble.empty(), tokens, 0));
    }

    @Override
    public String describe() {
        return " The answers were collected before: " + source + ".";
    }
}
