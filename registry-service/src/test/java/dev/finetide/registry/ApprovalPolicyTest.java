package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.training.v1.RowReport;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.registry.ApprovalPolicy.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApprovalPolicyTest {
    /// The policy as it is without settings.
    static final ApprovalPolicy DEFAULT =
            ApprovalPolicy.of(Optional.empty(), 0, List.of("tuned beats untrained", "tuned not-worse approved"));

    private static final String APPROVED = "projects/default/models/m/versions/3";

    private static Verdict judge(ApprovalPolicy policy, EvaluationReport report) {
        return policy.judge(Evaluation.newBuilder().setReport(report).build(), Optional.empty());
    }

    private static Verdict judge(EvaluationReport report) {
        return judge(DEFAULT, report);
    }

    private static ApprovalPolicy rule(String... rules) {
        return ApprovalPolicy.of(Optional.empty(), 0, List.of(rules));
    }

    private static ApprovalPolicy by(double minImprovement) {
        return ApprovalPolicy.of(Optional.empty(), minImprovement, List.of("tuned beats untrained"));
    }

    @Test
    void betterThanBaseIsApprovedWithAllNumbers() {
        assertThat(judge(Trained.report(0.1, 0.85)))
                .isEqualTo(new Verdict(
                        true,
                        List.of("tuned better than base: exact_match 0.8500 against 0.1000, difference 0.7500 [0.3750,"
                                + " 1.1250], 75 rows won, 0 lost, 25 tied")));
    }

    @Test
    void whatIsNotToldApartAndAWorseModelAreHeldWithTheNumbersAndTheLoss() {
        EvaluationReport.Builder report = Trained.report(0.5, 0.5).toBuilder();
        report.getComparisonsBuilder(0).setRowsNeeded(900);
        Verdict tie = judge(report.build());

        assertThat(tie.approved()).isFalse();
        assertThat(tie.reasons())
                .containsExactly(
                        "tuned not distinguishable from base with 100 rows, about 900 would do: exact_match 0.5000 against"
                                + " 0.5000, difference 0.0000 [-0.0500, 0.0500], 0 rows won, 0 lost, 100 tied",
                        "for the reviewer, tuned and base: loss 1.5000 against 1.5000, difference 0.0000 [-0.0500,"
                                + " 0.0500], 0 rows won, 0 lost, 100 tied");
        Verdict worse = judge(Trained.report(0.5, 0.4));
        assertThat(worse.approved()).isFalse();
        assertThat(worse.reasons().getFirst()).startsWith("tuned worse than base: exact_match 0.4000 against 0.5000");
    }

    @Test
    void theImprovementAskedForIsMoreThanTheSetting() {
        assertThat(judge(by(0.25), Trained.report(0.5, 0.75)).approved()).isFalse();
        assertThat(judge(by(0.25), Trained.report(0.5, 0.75)).reasons().getFirst())
                .startsWith("tuned not better enough than base")
                .endsWith("more than 0.25 is asked for");
        assertThat(judge(by(0.25), Trained.report(0.5, 0.76)).approved()).isTrue();
    }

    @Test
    void aDifferenceWhoseIntervalReachesZeroIsNotBetterHoweverLargeItIs() {
        EvaluationReport.Builder report = Trained.report(0.1, 0.9).toBuilder();
        report.getComparisonsBuilder(0).setVerdict(dev.finetide.proto.evaluation.v1.Verdict.NOT_DISTINGUISHABLE);

        assertThat(judge(report.build()).approved()).isFalse();
    }

    @Test
    void theMetricMayBeNamedAsReportsNameItOrWithDashes() {
        for (String name : List.of("loss", "token-f1", "exact_match", "EXACT-MATCH")) {
            ApprovalPolicy policy = ApprovalPolicy.of(Optional.of(name), 0, List.of("tuned beats untrained"));
            assertThat(judge(policy, Trained.report(0.1, 0.9)).approved()).isTrue();
            assertThat(judge(policy, Trained.report(0.9, 0.1)).approved()).isFalse();
        }
        ApprovalPolicy unknown = ApprovalPolicy.of(Optional.of("bleu"), 0, List.of("tuned beats untrained"));
        assertThat(judge(unknown, Trained.report(0.1, 0.9)).reasons())
                .contains("bleu is not a number: tuned NaN, base NaN");
    }

    @Test
    void everyUntrainedArmMustBeBeaten() {
        Verdict verdict = judge(Trained.report(Map.of("base", 0.1, "few-shot", 0.9, "tuned", 0.8)));

        assertThat(verdict.approved()).isFalse();
        assertThat(verdict.reasons().get(0)).startsWith("tuned worse than few-shot: exact_match 0.8000 against 0.9000");
        assertThat(verdict.reasons().get(1)).startsWith("tuned better than base");
        assertThat(judge(Trained.report(Map.of("base", 0.1, "few-shot", 0.7, "tuned", 0.8)))
                        .approved())
                .isTrue();
    }

    @Test
    void anArmThatFailedHoldsWithItsReason() {
        EvaluationReport.Builder report =
                Trained.report(Map.of("base", 0.1, "few-shot", 0.2, "tuned", 0.8)).toBuilder();
        report.getArmsBuilder(1)
                .clearScores()
                .getErrorBuilder()
                .setReason(WorkReason.BAD_CONFIGURATION)
                .setMessage("the context of 512 tokens is too small for any example");

        Verdict verdict = judge(report.build());

        assertThat(verdict.approved()).isFalse();
        assertThat(verdict.reasons())
                .hasSize(2)
                .contains(
                        "arm few-shot failed, so nothing is known about it: the context of 512 tokens is too small for"
                                + " any example");
        report.getArmsBuilder(2).getErrorBuilder().setMessage("the logits are those of the base");
        assertThat(judge(report.build()).reasons())
                .contains("arm tuned failed, so nothing is known about it: the logits are those of the base");
    }

    private static Evaluation withApproved(double approved, double tuned) {
        return Evaluation.newBuilder()
                .setReport(Trained.report(Map.of("base", 0.1, "approved", approved, "tuned", tuned)))
                .addArms(EvaluationArm.newBuilder()
                        .setApproved(true)
                        .setArm(Arm.newBuilder()
                                .setName("approved")
                                .setModel(ArmModel.MODEL_VERSION)
                                .setModelVersion(APPROVED)))
                .build();
    }

    @Test
    void theVersionThatIsApprovedNowMustNotBeBetter() {
        assertThat(DEFAULT.judge(withApproved(0.953, 0.859), Optional.of(APPROVED))
                        .reasons())
                .first()
                .asString()
                .startsWith("tuned worse than approved (m@3): exact_match 0.8590 against 0.9530, difference -0.0940"
                        + " [-0.1410, -0.0470], 0 rows won, 9 lost, 91 tied");
        Verdict equal = DEFAULT.judge(withApproved(0.9, 0.9), Optional.of(APPROVED));
        assertThat(equal.approved()).isTrue();
        assertThat(equal.reasons())
                .anySatisfy(reason ->
                        assertThat(reason).startsWith("tuned not distinguishable from approved (m@3) with 100 rows: "));
        assertThat(DEFAULT.judge(withApproved(0.5, 0.9), Optional.of(APPROVED)).approved())
                .isTrue();
    }

    @Test
    void aVersionThatWasApprovedMeanwhileHolds() {
        String other = "projects/default/models/m/versions/4";

        Verdict verdict = DEFAULT.judge(withApproved(0.5, 0.9), Optional.of(other));

        assertThat(verdict.approved()).isFalse();
        assertThat(verdict.reasons().getFirst())
                .isEqualTo("m@4 is approved now and was not asked in this evaluation, so nothing says that tuned is as"
                        + " good");
        assertThat(DEFAULT.judge(withApproved(0.9, 0.8), Optional.empty()).approved())
                .as("an approved version that was revoked meanwhile demands nothing")
                .isTrue();
    }

    @Test
    void rulesHoldOnAnyComparison() {
        EvaluationReport report = Trained.report(Map.of("base", 0.1, "few-shot", 0.79, "tuned", 0.8));

        assertThat(judge(rule("tuned beats few-shot"), report).approved()).isTrue();
        assertThat(judge(rule("tuned beats few-shot by 0.02"), report).reasons().getFirst())
                .startsWith("tuned not better enough than few-shot")
                .endsWith("more than 0.02 is asked for");
        assertThat(judge(rule("few-shot beats base by 0.5 on token-f1"), report).approved())
                .isTrue();
        assertThat(judge(rule("base not-worse few-shot"), report).approved()).isFalse();
        assertThat(judge(rule("tuned beats untrained", "tuned beats other"), report)
                        .reasons())
                .first()
                .isEqualTo("rule \"tuned beats other\": the evaluation has no arm other");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tuned beats               | expected "ARM beats OTHER [by NUMBER] [on METRIC]" or "ARM not-worse OTHER [on METRIC]"
            tuned above base          | expected beats or not-worse as the second word, got "above"
            tuned beats base by       | expected a word after "by"
            tuned beats base by much  | expected a number after "by", got "much"
            tuned beats base by -1    | expected a number of 0 or more after "by", got "-1"
            tuned not-worse base by 1 | unexpected "by"; expected "ARM beats OTHER [by NUMBER] [on METRIC]" or "ARM not-worse OTHER [on METRIC]"
            tuned beats Base          | expected the name of an arm, got "Base"
            """)
    void aRuleThatIsNoneIsRefusedWithItsTextAndTheExpectedForm(String text, String problem) {
        assertThatThrownBy(() -> rule(text)).hasMessage("registry.policy.rules: \"" + text + "\": " + problem);
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
                    evaluation.getReportBuilder().getArmsBuilder(1).setCutOutputs(3);
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
        evaluation.getReportBuilder().getArmsBuilder(0).setCutOutputs(100);
        assertThat(DEFAULT.judge(evaluation.build(), Optional.empty()).approved())
                .isTrue();
        evaluation
                .getReportBuilder()
                .getRowReportBuilder()
                .addFindings(RowFindingCount.newBuilder()
                        .setFinding(RowFinding.TOO_LONG)
                        .setRows(1)
                        .setLeftOut(true));

        assertThat(DEFAULT.judge(evaluation.build(), Optional.empty()).reasons().getFirst())
                .isEqualTo("1 test rows were left out, so the metrics are those of the other 100");
    }

    private void assertHeld(Consumer<Evaluation.Builder> doubt, String reason) {
        Evaluation.Builder evaluation = Evaluation.newBuilder().setReport(Trained.report(0.1, 0.85));
        doubt.accept(evaluation);

        Verdict verdict = DEFAULT.judge(evaluation.build(), Optional.empty());

        assertThat(verdict.approved()).isFalse();
        assertThat(verdict.reasons().getFirst()).startsWith(reason);
        assertThat(verdict.reasons().getLast()).startsWith("tuned better than base");
    }

    private static RowReport found(RowFinding finding) {
        return RowReport.newBuilder()
                .addFindings(RowFindingCount.newBuilder().setFinding(finding).setRows(7))
                .build();
    }

    @Test
    void whatCannotBeComparedIsHeld() {
        assertThat(judge(Trained.report(Double.NaN, 0.5)).approved()).isFalse();
        assertThat(judge(Trained.report(0.1, Double.NaN)).reasons())
                .contains("exact_match is not a number: tuned NaN, base 0.1");
        assertThat(judge(EvaluationReport.getDefaultInstance()).reasons())
                .containsExactly("the evaluation has no answers of the trained model");
        assertThat(judge(Trained.report(Map.of("tuned", 0.9))).reasons())
                .containsExactly("no untrained arm was measured, so nothing says that training has helped");
        assertThat(judge(Trained.report(0.1, 0.9).toBuilder().clearComparisons().build())
                        .reasons())
                .containsExactly("the report does not compare tuned with base by exact_match");
    }

    @Test
    void theDeliveredSettingsAreTheDefault() throws IOException {
        Properties delivered = new Properties();
        try (InputStream in = ApprovalPolicy.class.getResourceAsStream("/application.properties")) {
            delivered.load(in);
        }

        assertThat(ApprovalPolicy.of(
                        Optional.ofNullable(delivered.getProperty("registry.policy.metric")),
                        Double.parseDouble(delivered.getProperty("registry.policy.min-improvement")),
                        List.of(delivered.getProperty("registry.policy.rules").split(",", -1))))
                .isEqualTo(DEFAULT);
    }

    @Test
    void settingsThatMakeNoSenseAreRefusedByKey() {
        assertThatThrownBy(() -> ApprovalPolicy.of(Optional.empty(), -1, List.of("tuned beats untrained")))
                .hasMessage("registry.policy.min-improvement: expected a number of 0 or more, got -1.0");
        assertThatThrownBy(() -> ApprovalPolicy.of(Optional.of("two words"), 0, List.of("tuned beats untrained")))
                .hasMessage(
                        "registry.policy.metric: expected the name of a metric such as exact_match, got \"two words\"");
        assertThatThrownBy(() -> rule()).hasMessage("registry.policy.rules: expected at least one rule");
    }
}
