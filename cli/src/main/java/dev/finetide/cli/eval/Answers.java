package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Services;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// The answers of an evaluation that has ended, by row and arm. Of an arm that draws its examples at
/// random, the answers of the first draw.
///
/// @param byRow answers by row, counted from 0, and by the arm's name
public record Answers(Map<Long, Map<String, ExampleResult>> byRow) {
    /// The most characters of a text that are kept, because all answers are in memory together.
    private static final int MOST_CHARACTERS = 4_000;

    /// Reads all answers, of each text its beginning.
    ///
    /// @throws CommandFailedException REFUSED if the evaluation goes on
    public static Answers of(Services services, Evaluation evaluation) {
        Map<Long, Map<String, ExampleResult>> byRow = new TreeMap<>();
        read(services, evaluation, result -> {
            if (result.getRepeat() == 0) {
                byRow.computeIfAbsent(result.getRow(), _ -> new HashMap<>()).put(result.getArm(), shortened(result));
            }
        });
        return new Answers(byRow);
    }

    /// Hands on every answer to the evaluation's own rows in the order in which it came.
    ///
    /// @throws CommandFailedException REFUSED if the evaluation goes on
    public static void read(Services services, Evaluation evaluation, Consumer<ExampleResult> reader) {
        readWithProbes(services, evaluation, result -> {
            if (result.getProbe().isEmpty()) {
                reader.accept(result);
            }
        });
    }

    /// Hands on every answer, also those to rows of probes.
    ///
    /// @throws CommandFailedException REFUSED if the evaluation goes on
    public static void readWithProbes(Services services, Evaluation evaluation, Consumer<ExampleResult> reader) {
        EvaluationUpdates.read(services, evaluation, update -> {
            if (update.hasResult()) {
                reader.accept(update.getResult());
            }
        });
    }

    /// Returns the answers of one arm in the order of the rows.
    public List<ExampleResult> of(String arm) {
        return byRow.values().stream()
                .flatMap(row -> Optional.ofNullable(row.get(arm)).stream())
                .toList();
    }

    private static ExampleResult shortened(ExampleResult result) {
        ExampleResult.Builder shorter = result.toBuilder()
                .clearSentPrompt()
                .setPrompt(shortened(result.getPrompt()))
                .setExpected(shortened(result.getExpected()))
                .setOutput(shortened(result.getOutput()));
        if (result.hasAnswer()) {
            shorter.setAnswer(shortened(result.getAnswer()));
        }
        return shorter.build();
    }

    private static String shortened(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + " …";
    }
}
