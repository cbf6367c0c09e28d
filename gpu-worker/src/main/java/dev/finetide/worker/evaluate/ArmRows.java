package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import java.util.List;
import java.util.stream.IntStream;

/// The asked rows as one arm sees them: which it has still to answer, and what a result says about its
/// row.
///
/// @param facts facts about the asked rows, which all arms share
record ArmRows(Arm arm, EvaluationData data, AnsweredBefore before, SliceFacts facts) {
    /// Returns the places of the rows that no attempt has answered yet.
    List<Integer> pending(int repeat) {
        return IntStream.range(0, data.rows().size())
                .filter(row -> !before.has(arm.getName(), repeat, row))
                .boxed()
                .toList();
    }

    /// Whether earlier attempts have prepared the arm and answered all of its rows.
    boolean areDone() {
        return before.preparation(arm.getName())
                .map(known -> IntStream.range(0, PromptingTexts.repeats(known.getPrompting()))
                        .allMatch(repeat -> pending(repeat).isEmpty()))
                .orElse(false);
    }

    SourcedRow row(int index) {
        return data.rows().get(index);
    }

    /// Returns a result with everything that belongs to its row and arm.
    ExampleResult finished(ExampleResult.Builder result, int repeat) {
        SourcedRow row = row((int) result.getRow());
        result.setArm(arm.getName())
                .setRepeat(repeat)
                .setPrompt(RowTexts.shownQuestion(row.row()))
                .setTotalRows(data.rows().size())
                .setFacts(facts.of((int) result.getRow()));
        row.source().ifPresent(source -> result.setPlace(RowPlaces.of(source)));
        return result.build();
    }
}
