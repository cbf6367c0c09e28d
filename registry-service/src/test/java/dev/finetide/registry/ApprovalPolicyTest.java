package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.training.v1.RowFinding;
import dev.finetide.proto.training.v1.RowFindingCount;
import dev.finetide.proto.training.v1.RowReport;
import dev.finetide.registry.ApprovalPolicy.Metric;
import dev.finetide.registry.ApprovalPolicy.Verdict;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ApprovalPolicyTest {
    private final ApprovalPolicy policy = new ApprovalPolicy(Metric.EXACT_MATCH, 0);

    @Test
    void betterThanBaseIsApprovedWithBothNumbers() {
        assertThat(policy.judge(Trained.report(0.1, 0.85)))
                .isEqualTo(
                        new Verdict(
                                true,
                                java.util.List.of(
                                        "better than base: exact match 0.8500 tuned against 0.1000 base on 100 held-out rows")));
    }

    @Test
    void aTieAndAWorseModelAreHeldWithBothNumbersAndTheLoss() {
        Verdict tie = policy.judge(Trained.report(0.5, 0.5));

        assertThat(tie.approved()).isFalse();
        assertThat(tie.reasons())
                .containsExactly(
                        "no better than base: exact match 0.5000 tuned against 0.5000 base on 100 held-out rows",
                        "for the reviewer: loss 1.5000 tuned against 1.5000 base on 100 held-out rows");
        assertThat(policy.judge(Trained.report(0.5, 0.4)).approved()).isFalse();
    }

    @Test
    void theImprovementAskedForIsMoreThanTheSetting() {
        ApprovalPolicy strict = new ApprovalPolicy(Metric.EXACT_MATCH, 0.25);

        assertThat(strict.judge(Trained.report(0.5, 0.75)).approved()).isFalse();
        assertThat(strict.judge(Trained.report(0.5, 0.75)).reasons().getFirst())
                .endsWith("more than 0.25 better is asked for");
        assertThat(strict.judge(Trained.report(0.5, 0.76)).approved()).isTrue();
    }

    @Test
    void lessLossIsBetter() {
        ApprovalPolicy loss = new ApprovalPolicy(Metric.LOSS, 0);

        assertThat(loss.judge(Trained.report(0.1, 0.9)).approved()).isTrue();
        assertThat(loss.judge(Trained.report(0.9, 0.1)).approved()).isFalse();
    }

    @Test
    void goodNumbersThatAreDoubtfulAreHeldWithTheReason() {
        assertHeld(
                evaluation -> evaluation
                        .getTrainingRunBuilder()
                        .getDatasetVersionBuilder()
                        .getReportBuilder()
                        .setLeakedTestRows(12),
                "12 test rows have an input that is also in train, so the metrics are too good");
        assertHeld(
                evaluation -> {
                    evaluation.getReportBuilder().setMaxNewTokens(64);
                    evaluation.getReportBuilder().getTunedBuilder().setCutOutputs(3);
                },
                "3 of 100 answers of the tuned model were cut at 64 tokens before the model ended them");
        assertHeld(
                evaluation -> evaluation.getReportBuilder().setRowReport(found(RowFinding.BROKEN_PREFIX)),
                "7 rows have a prompt that, tokenised alone, is not what was trained");
        assertHeld(
                evaluation -> evaluation.getTrainingRunBuilder().setRowReport(found(RowFinding.NO_END_TOKEN)),
                "7 rows have no token that ends the answer");
        assertHeld(
                evaluation -> evaluation.getReportBuilder().setRowReport(found(RowFinding.LONG_ANSWER)),
                "7 rows expect an answer of more tokens than the evaluation allows");
    }

    @Test
    void cutAnswersOfTheBaseRaiseNoDoubtAndRowsLeftOutDo() {
        Evaluation.Builder evaluation = Evaluation.newBuilder().setReport(Trained.report(0.1, 0.85));
        evaluation.getReportBuilder().getBaseBuilder().setCutOutputs(100);
        assertThat(policy.judge(evaluation.build()).approved()).isTrue();
        evaluation
                .getReportBuilder()
                .getRowReportBuilder()
                .addFindings(RowFindingCount.newBuilder()
                        .setFinding(RowFinding.TOO_LONG)
                        .setRows(1)
                        .setLeftOut(true));

        assertThat(policy.judge(evaluation.build()).reasons().getFirst())
                .isEqualTo("1 test rows were left out, so the metrics are those of the other 100");
    }

    private void assertHeld(Consumer<Evaluation.Builder> doubt, String reason) {
        Evaluation.Builder evaluation = Evaluation.newBuilder().setReport(Trained.report(0.1, 0.85));
        doubt.accept(evaluation);

        Verdict verdict = policy.judge(evaluation.build());

        assertThat(verdict.approved()).isFalse();
        assertThat(verdict.reasons().getFirst()).startsWith(reason);
        assertThat(verdict.reasons().getLast()).startsWith("better than base");
    }

    private static RowReport found(RowFinding finding) {
        return RowReport.newBuilder()
                .addFindings(RowFindingCount.newBuilder().setFinding(finding).setRows(7))
                .build();
    }

    @Test
    void whatCannotBeComparedIsHeld() {
        assertThat(policy.judge(Trained.report(Double.NaN, 0.5)).approved()).isFalse();
        assertThat(policy.judge(Trained.report(0.1, Double.NaN)).reasons())
                .containsExactly("exact match is not a number: tuned NaN, base 0.1");
        assertThat(policy.judge(EvaluationReport.getDefaultInstance()).reasons())
                .containsExactly("the evaluation compares 0 rows of the tuned model with 0 of its base");
    }

    @Test
    void settingsThatMakeNoSenseAreRefusedByKey() {
        assertThatThrownBy(() -> new ApprovalPolicy(Metric.LOSS, -1))
                .hasMessage("registry.policy.min-improvement: expected a number of 0 or more, got -1.0");
    }
}
