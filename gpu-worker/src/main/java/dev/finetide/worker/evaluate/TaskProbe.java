package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Asks rows of the task that are not the evaluation's own, exactly in the way of the arm.
///
/// @param maxNewTokens tokens that an answer may have
record TaskProbe(ArmQuestions questions, int maxNewTokens) implements ProbeAsking {
    @Override
    public List<ExampleResult.Builder> ask(Map<Integer, SourcedRow> rows) {
        List<ExampleResult.Builder> results = new ArrayList<>();
        List<PromptedRow> prompted = new ArrayList<>();
        rows.forEach((index, row) -> {
            try {
                prompted.add(questions.prompt(index, row.row(), 0).accepting(row.tags()));
            } catch (RowRefused refused) {
                results.add(ProbeAsking.refused(index, refused));
            }
        });
        for (List<PromptedRow> group : RowGroups.of(prompted, maxNewTokens)) {
            results.addAll(questions.ask(group));
        }
        results.forEach(result -> result.setPrompt(
                RowTexts.shownQuestion(rows.get((int) result.getRow()).row())));
        return results;
    }
}
