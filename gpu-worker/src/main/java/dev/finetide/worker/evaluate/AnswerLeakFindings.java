package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.AnswerLeaks;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.retrieval.leak.LeakCheck;
import dev.finetide.retrieval.leak.LeakReport;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import java.util.List;
import java.util.Optional;

/// Finds expected answers that stand word for word in the train rows, where arms look passages up in
/// these rows.
public final class AnswerLeakFindings {
    private static final int NAMED_ROWS = 10;

    private AnswerLeakFindings() {}

    /// Looks for the answers of asked rows; empty where no arm looks up in train rows.
    public static Optional<AnswerLeaks> of(List<EvaluationArm> arms, List<SourcedRow> asked, List<TextRow> train) {
        boolean looksUp = arms.stream()
                .flatMap(arm -> arm.getArm().getPromptingsList().stream())
                .map(Prompting::getRetrieval)
                .anyMatch(retrieval ->
                        retrieval.getCount() > 0 && retrieval.getDocuments().isEmpty());
        if (!looksUp) {
            return Optional.empty();
        }
        LeakReport report = new LeakCheck(
                        asked.stream().map(row -> RowTexts.answer(row.row())).toList(), LeakCheck.FEWEST_WORDS)
                .in(train.stream().map(RowTexts::solved).toList());
        AnswerLeaks.Builder leaks = AnswerLeaks.newBuilder()
                .setChecked(report.checked())
                .setTooShort(report.tooShort())
                .setFound(report.leaks().size());
        report.leaks().stream().limit(NAMED_ROWS).forEach(leak -> leaks.addRows(leak.answer() + 1));
        return Optional.of(leaks.build());
    }
}
