package dev.finetide.registry;

import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.training.v1.RowReport;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Finds the reasons for which an evaluation's numbers do not say how the model will answer its users.
final class EvaluationDoubts {
    private EvaluationDoubts() {}

    /// Returns a sentence for each reason; none where the numbers can be trusted.
    ///
    /// @param tuned report of the arm that is decided about
    static List<String> of(Evaluation evaluation, ArmReport tuned) {
        List<String> doubts = new ArrayList<>();
        long leaked =
                evaluation.getTrainingRun().getDatasetVersion().getReport().getLeakedTestRows();
        if (leaked > 0) {
            doubts.add(
                    "%d test rows have an input that is also in train, so the metrics are too good".formatted(leaked));
        }
        EvaluationReport report = evaluation.getReport();
        long leftOut = report.getRowReport().getFindingsList().stream()
                .filter(RowFindingCount::getLeftOut)
                .mapToLong(RowFindingCount::getRows)
                .sum();
        if (leftOut > 0) {
            doubts.add("%d test rows were left out, so the metrics are those of the other %d"
                    .formatted(leftOut, report.getRows()));
        }
        if (tuned.getCutOutputs() > 0) {
            doubts.add("%d of %d answers of the tuned model were cut at %d tokens before the model ended them"
                    .formatted(tuned.getCutOutputs(), tuned.getRows(), report.getMaxNewTokens()));
        }
        addFinding(
                doubts,
                evaluation,
                RowFinding.LONG_ANSWER,
                "expect an answer of more tokens than the evaluation allows");
        addFinding(
                doubts,
                evaluation,
                RowFinding.BROKEN_PREFIX,
                "have a prompt that, tokenised alone, is not what was trained, so users ask otherwise than the evaluation did");
        addFinding(
                doubts,
                evaluation,
                RowFinding.NO_END_TOKEN,
                "have no token that ends the answer, so the model does not learn to stop");
        return List.copyOf(doubts);
    }

    private static void addFinding(List<String> doubts, Evaluation evaluation, RowFinding finding, String words) {
        long rows = Stream.of(
                        evaluation.getTrainingRun().getRowReport(),
                        evaluation.getReport().getRowReport())
                .mapToLong(report -> rows(report, finding))
                .max()
                .orElse(0);
        if (rows > 0) {
            doubts.add("%d rows %s".formatted(rows, words));
        }
    }

    private static long rows(RowReport report, RowFinding finding) {
        return report.getFindingsList().stream()
                .filter(count -> count.getFinding() == finding && !count.getLeftOut())
                .mapToLong(RowFindingCount::getRows)
                .sum();
    }
}
