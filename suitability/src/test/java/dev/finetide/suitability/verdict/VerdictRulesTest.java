package dev.finetide.suitability.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.metrics.fitness.FitnessRules;
import dev.finetide.proto.dataset.v1.CurvePoint;
import dev.finetide.proto.dataset.v1.Distribution;
import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.Share;
import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Each rule at its limit: on the one side of it the verdict is that of fitting rows, on the other it is not.
class VerdictRulesTest {
    private static final long ROWS = 1_000;
    private static final String VERSION = "projects/default/datasets/support/versions/3";

    /// A report about rows that fit.
    private static SuitabilityReport.Builder fitting(String task, String metric) {
        double unit = metric.equals("chrf") ? 100 : 1;
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();
        report.getContentsBuilder().setTask(task);
        report.getDuplicatesBuilder().setExactQuestions(share(0, ROWS));
        report.getContradictionsBuilder().setEqual(share(0, ROWS)).setNear(share(0, ROWS));
        report.getRelationBuilder()
                .setAnswerEntropy(3)
                .setMetric(metric)
                .setInQuestion(share(0, 100))
                .setInOtherRows(share(0, 100))
                .setNowhere(share(100, 100))
                .setInputOutputCorrelation(0.5);
        report.getRelationBuilder()
                .addBaselinesBuilder()
                .setName("most frequent answer")
                .setValue(0.2 * unit)
                .setHigh(0.25 * unit);
        report.getRelationBuilder()
                .addBaselinesBuilder()
                .setName("nearest neighbour")
                .setValue(0.6 * unit)
                .setLow(0.55 * unit)
                .setHigh(0.65 * unit);
        return report;
    }

    private static Share share(long rows, long of) {
        return Share.newBuilder().setRows(rows).setOf(of).build();
    }

    private static SuitabilityVerdict verdict(SuitabilityReport.Builder report, long rows) {
        return new Verdict(VERSION).verdict(report, rows).orElseThrow();
    }

    private static Fitness of(Consumer<SuitabilityReport.Builder> change) {
        return of("classification", "accuracy", ROWS, change);
    }

    private static Fitness of(String task, String metric, long rows, Consumer<SuitabilityReport.Builder> change) {
        SuitabilityReport.Builder report = fitting(task, metric);
        change.accept(report);
        return verdict(report, rows).getFitness();
    }

    @Test
    void rowsThatAgreeAndDependOnQuestionsFit() {
        SuitabilityVerdict verdict = verdict(fitting("classification", "accuracy"), ROWS);
        assertThat(verdict.getFitness()).isEqualTo(Fitness.FITS);
        assertThat(verdict.getSentence()).isEqualTo("Fine-tuning fits these rows.");
        assertThat(verdict.getReasonsList()).hasSize(3).allMatch(reason -> reason.getSpeaksFor());
        assertThat(verdict.getNextStepsList()).containsExactly("finetide advise --dataset support@3 --base BASE");
        assertThat(of("free_text", "chrf", ROWS, report -> {})).isEqualTo(Fitness.FITS);
    }

    @Test
    void contradictionsAreMended() {
        assertThat(of(report -> report.getContradictionsBuilder()
                        .setEqual(share(30, ROWS))
                        .setNear(share(20, ROWS))))
                .isEqualTo(Fitness.FITS);
        assertThat(of(report -> report.getContradictionsBuilder()
                        .setEqual(share(31, ROWS))
                        .setNear(share(20, ROWS))))
                .isEqualTo(Fitness.MEND_FIRST);
        assertThat(FitnessRules.contradict(50, 1_000)).isFalse();
        assertThat(FitnessRules.contradict(51, 1_000)).isTrue();
        assertThat(FitnessRules.contradict(0, 0)).isFalse();
    }

    @Test
    void answersThatTheQuestionLeavesOpenAreAskedOfAPrompt() {
        assertThat(of(report -> {
                    report.getContradictionsBuilder().setEqual(share(300, ROWS));
                    report.getRelationBuilder().setConditionalEntropy(1.51);
                }))
                .isEqualTo(Fitness.PREFER_PROMPTING);
        assertThat(of(report -> {
                    report.getContradictionsBuilder().setEqual(share(300, ROWS));
                    report.getRelationBuilder().setConditionalEntropy(1.5);
                }))
                .isEqualTo(Fitness.MEND_FIRST);
        assertThat(of(report -> {
                    report.getContradictionsBuilder().setEqual(share(249, ROWS));
                    report.getRelationBuilder().setConditionalEntropy(1.51);
                }))
                .isEqualTo(Fitness.MEND_FIRST);
        assertThat(of(report -> report.getRelationBuilder().setAnswerEntropy(0)))
                .isEqualTo(Fitness.PREFER_PROMPTING);
    }

    @Test
    void wrongLabelsAreMended() {
        assertThat(of(report -> report.getLabelIssuesBuilder().setNoiseRate(0.05)))
                .isEqualTo(Fitness.FITS);
        assertThat(of(report -> report.getLabelIssuesBuilder().setNoiseRate(0.06)))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getLabelIssuesBuilder().setNoiseRate(0.2)))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getLabelIssuesBuilder().setNoiseRate(0.21)))
                .isEqualTo(Fitness.MEND_FIRST);
    }

    @Test
    void labelsThatWordsHardlyTellAreNotCalledWrong() {
        assertThat(of(report -> doubted(report, 0.51))).isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> doubted(report, 0.53))).isEqualTo(Fitness.MEND_FIRST);
        assertThat(of(report -> {
                    doubted(report, 0.51);
                    report.getRelationBuilder().clearBaselines();
                }))
                .as("nothing says that words do not tell labels")
                .isEqualTo(Fitness.MEND_FIRST);
    }

    @Test
    void labelsThatHeldOutRowsVouchForAreNotCalledWrong() {
        assertThat(of(report -> doubted(report, 0.85))).isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> doubted(report, 0.83))).isEqualTo(Fitness.MEND_FIRST);
    }

    private static void doubted(SuitabilityReport.Builder report, double accuracy) {
        report.getLabelIssuesBuilder().setNoiseRate(0.4).setSuspected(share(400, ROWS));
        report.getRelationBuilder().getBaselinesBuilder(1).setValue(accuracy).setLow(accuracy - 0.05);
    }

    @Test
    void fewRowsAreExamples() {
        assertThat(of("classification", "accuracy", 9, report -> {})).isEqualTo(Fitness.MEND_FIRST);
        assertThat(of("classification", "accuracy", 10, report -> {})).isEqualTo(Fitness.PREFER_FEW_SHOT);
        assertThat(of("classification", "accuracy", 49, report -> {})).isEqualTo(Fitness.PREFER_FEW_SHOT);
        assertThat(of("classification", "accuracy", 50, report -> {})).isEqualTo(Fitness.FITS);
        assertThat(of(report -> report.getDuplicatesBuilder().setExactQuestions(share(951, ROWS))))
                .isEqualTo(Fitness.PREFER_FEW_SHOT);
        assertThat(of(report -> labels(report, 200))).isEqualTo(Fitness.FITS);
        assertThat(of(report -> labels(report, 201))).isEqualTo(Fitness.PREFER_FEW_SHOT);
    }

    @Test
    void fewRowsOfFieldsAreComparedWithExamples() {
        assertThat(of("json_extraction", "field_f1", 9, report -> {})).isEqualTo(Fitness.MEND_FIRST);
        assertThat(of("json_extraction", "field_f1", 10, report -> {})).isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of("json_extraction", "field_f1", 49, report -> {})).isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of("json_extraction", "field_f1", 50, report -> {})).isEqualTo(Fitness.FITS);
        assertThat(of("json_extraction", "field_f1", 199, report -> curve(report, 0.031)))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
    }

    private static void labels(SuitabilityReport.Builder report, int count) {
        for (int i = 0; i < count; i++) {
            report.getContentsBuilder().addClasses(ShareOf.newBuilder().setName("label " + i));
        }
    }

    @Test
    void aSteepCurveAsksForRows() {
        assertThat(of("classification", "accuracy", 199, report -> curve(report, 0.029)))
                .isEqualTo(Fitness.FITS);
        assertThat(of("classification", "accuracy", 199, report -> curve(report, 0.031)))
                .isEqualTo(Fitness.PREFER_FEW_SHOT);
        assertThat(of("classification", "accuracy", 200, report -> curve(report, 0.031)))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
    }

    @Test
    void aCurveWithoutAForecastMayStillRise() {
        assertThat(of("classification", "accuracy", 199, report -> points(report, 0.65)))
                .isEqualTo(Fitness.FITS);
        assertThat(of("classification", "accuracy", 199, report -> points(report, 0.67)))
                .isEqualTo(Fitness.PREFER_FEW_SHOT);
    }

    private static void points(SuitabilityReport.Builder report, double last) {
        report.getLearningCurveBuilder()
                .setMetric("accuracy")
                .addPoints(CurvePoint.newBuilder().setTrainRows(25).setValue(0.4))
                .addPoints(CurvePoint.newBuilder().setTrainRows(50).setValue(0.6))
                .addPoints(
                        CurvePoint.newBuilder().setTrainRows(100).setValue(last).setLow(last - 0.02));
    }

    private static void curve(SuitabilityReport.Builder report, double gain) {
        report.getLearningCurveBuilder()
                .setMetric("accuracy")
                .addPoints(CurvePoint.newBuilder().setValue(0.6))
                .setDoubled(0.6 + gain);
    }

    @Test
    void wordsThatDecideNeedNoLanguageModel() {
        assertThat(of(report -> linear(report, 0.949))).isEqualTo(Fitness.FITS);
        assertThat(of(report -> linear(report, 0.95))).isEqualTo(Fitness.PREFER_LINEAR_MODEL);
    }

    @Test
    void wordsThatDecideNeedNoExamples() {
        assertThat(of(report -> {
                    labels(report, 201);
                    linear(report, 0.949);
                }))
                .isEqualTo(Fitness.PREFER_FEW_SHOT);
        assertThat(of(report -> {
                    labels(report, 201);
                    linear(report, 0.95);
                }))
                .isEqualTo(Fitness.PREFER_LINEAR_MODEL);
        assertThat(of("classification", "accuracy", 49, report -> linear(report, 0.95)))
                .isEqualTo(Fitness.PREFER_FEW_SHOT);
    }

    private static void linear(SuitabilityReport.Builder report, double value) {
        report.getRelationBuilder()
                .addBaselinesBuilder()
                .setName("linear model of words")
                .setValue(value)
                .setLow(value);
    }

    @Test
    void answersWithoutARelationAreNotTrained() {
        assertThat(of(report -> unrelated(report, 0.26, 0.05))).isEqualTo(Fitness.FITS);
        assertThat(of(report -> unrelated(report, 0.25, 0.05))).isEqualTo(Fitness.PREFER_PROMPTING);
        assertThat(of(report -> unrelated(report, 0.25, 0.1))).isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of("number", "numeric_match", ROWS, report -> unrelated(report, 0.25, 0.05)))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of("short_answer", "normalized_match", ROWS, report -> unrelated(report, 0.2, 0.05)))
                .isEqualTo(Fitness.PREFER_RETRIEVAL);
        assertThat(of("short_answer", "normalized_match", ROWS, report -> unrelated(report, 0.2, 0.49)))
                .isEqualTo(Fitness.PREFER_RETRIEVAL);
        assertThat(of("short_answer", "normalized_match", ROWS, report -> unrelated(report, 0.2, 0.5)))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of("short_answer", "normalized_match", ROWS, report -> {
                    unrelated(report, 0.2, 0.05);
                    report.getRelationBuilder().setInQuestion(share(50, 100)).setNowhere(share(50, 100));
                }))
                .isEqualTo(Fitness.FITS);
    }

    private static void unrelated(SuitabilityReport.Builder report, double low, double correlation) {
        report.getRelationBuilder()
                .setInputOutputCorrelation(correlation)
                .getBaselinesBuilder(1)
                .setLow(low);
    }

    @Test
    void answersOfOtherRowsAreLookedUp() {
        assertThat(of("free_text", "chrf", ROWS, report -> inOthers(report, 50)))
                .isEqualTo(Fitness.FITS);
        assertThat(of("free_text", "chrf", ROWS, report -> inOthers(report, 51)))
                .isEqualTo(Fitness.PREFER_RETRIEVAL);
        assertThat(of(report -> inOthers(report, 99))).isEqualTo(Fitness.FITS);
    }

    @Test
    void textsThatRepeatInFewRowsAreLookedUp() {
        assertThat(of(report -> texts(report, 201, 9))).isEqualTo(Fitness.PREFER_RETRIEVAL);
        assertThat(of(report -> texts(report, 201, 8))).isEqualTo(Fitness.PREFER_FEW_SHOT);
        assertThat(of(report -> texts(report, 200, 9))).isEqualTo(Fitness.FITS);
    }

    private static void texts(SuitabilityReport.Builder report, int count, double words) {
        labels(report, count);
        inOthers(report, 100);
        report.getContentsBuilder()
                .addPartsBuilder()
                .setField("split")
                .setValue("train")
                .setAnswerWords(Distribution.newBuilder().setMedian(words));
    }

    @Test
    void numbersThatNothingTellsAreLookedUp() {
        assertThat(of("number", "numeric_match", ROWS, report -> numbers(report, 29, 0.25)))
                .isEqualTo(Fitness.PREFER_RETRIEVAL);
        assertThat(of("number", "numeric_match", ROWS, report -> numbers(report, 30, 0.25)))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of("number", "numeric_match", ROWS, report -> numbers(report, 29, 0.26)))
                .isEqualTo(Fitness.FITS);
        assertThat(of("number", "numeric_match", ROWS, report -> {
                    numbers(report, 0, 0.25);
                    report.getRelationBuilder().setInQuestion(share(50, 100));
                }))
                .isEqualTo(Fitness.FITS);
    }

    private static void numbers(SuitabilityReport.Builder report, int reckonable, double low) {
        unrelated(report, low, 0.05);
        report.getRelationBuilder().setReckonable(share(reckonable, 100));
    }

    private static void inOthers(SuitabilityReport.Builder report, int rows) {
        report.getRelationBuilder().setInOtherRows(share(rows, 100)).setNowhere(share(100 - rows, 100));
    }

    @Test
    void perishableAnswersAreLookedUpOrCalled() {
        assertThat(of(report -> perishable(report, 5, "version"))).isEqualTo(Fitness.FITS);
        assertThat(of(report -> perishable(report, 6, "version"))).isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> perishable(report, 30, "version"))).isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> perishable(report, 31, "version"))).isEqualTo(Fitness.PREFER_RETRIEVAL);
        assertThat(of(report -> perishable(report, 31, "price"))).isEqualTo(Fitness.PREFER_FUNCTION_CALLS);
        assertThat(of(report -> {
                    perishable(report, 31, "price");
                    report.getRelationBuilder().setInQuestion(share(50, 100));
                }))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> {
                    perishable(report, 31, "price");
                    report.getContradictionsBuilder().setEqual(share(60, ROWS));
                }))
                .as("each day's price contradicts the last one's")
                .isEqualTo(Fitness.PREFER_FUNCTION_CALLS);
    }

    private static void perishable(SuitabilityReport.Builder report, int rows, String kind) {
        report.getLastingBuilder()
                .setPerishable(share(rows, 100))
                .addKinds(ShareOf.newBuilder().setName(kind).setRows(rows));
    }

    @Test
    void fewCallsAreLeftToTheBase() {
        assertThat(of("function_calls", "call_match", 299, report -> {})).isEqualTo(Fitness.PREFER_FUNCTION_CALLS);
        assertThat(of("function_calls", "call_match", 300, report -> {})).isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getContentsBuilder().setWithTools(share(50, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getContentsBuilder().setWithTools(share(49, 100))))
                .isEqualTo(Fitness.FITS);
    }

    @Test
    void cautionsKeepThePath() {
        assertThat(of(report -> report.getDuplicatesBuilder().setNearQuestions(share(20, 100))))
                .isEqualTo(Fitness.FITS);
        assertThat(of(report -> report.getDuplicatesBuilder().setNearQuestions(share(21, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getDuplicatesBuilder().addLeaksBuilder().setNear(share(1, 100))))
                .isEqualTo(Fitness.FITS);
        assertThat(of(report -> report.getDuplicatesBuilder().addLeaksBuilder().setNear(share(2, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getContradictionsBuilder().setReworded(share(5, 100))))
                .isEqualTo(Fitness.FITS);
        assertThat(of(report -> report.getContradictionsBuilder().setReworded(share(6, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getPermissionBuilder().setPersonal(share(2, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getPermissionBuilder().setRefusals(share(3, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getPermissionBuilder().setUnsafe(share(1, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getContentsBuilder().setOneSchema(share(49, 100))))
                .isEqualTo(Fitness.FITS);
        assertThat(of(report -> report.getContentsBuilder().setOneSchema(share(98, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
        assertThat(of(report -> report.getWithBaseBuilder().setBeyondContext(share(6, 100))))
                .isEqualTo(Fitness.FITS_WITH_CAUTION);
    }

    @Test
    void equalQuestionsOfALeakCountOnce() {
        SuitabilityReport.Builder report = fitting("classification", "accuracy");
        report.getDuplicatesBuilder()
                .addLeaksBuilder()
                .setSplit("test")
                .setEarlier("train")
                .setEqual(share(30, 300))
                .setNear(share(62, 300));
        report.getDuplicatesBuilder()
                .addExamplesBuilder()
                .setKind(FoundKind.NEAR_DUPLICATE)
                .setNumber(1);
        report.getDuplicatesBuilder()
                .addExamplesBuilder()
                .setKind(FoundKind.LEAK)
                .setNumber(2);

        var leak = verdict(report, ROWS).getReasonsList().getLast();

        assertThat(leak.getSentence()).startsWith("20.7 % of the test questions stand in train");
        assertThat(leak.getRowsList()).extracting(RowFound::getKind).containsExactly(FoundKind.LEAK);
    }

    @Test
    void whatIsMendedByARecipeIsOneCommand() {
        SuitabilityReport.Builder report = fitting("classification", "accuracy");
        report.getPermissionBuilder().setPersonal(share(50, 100)).setRefusals(share(50, 100));
        report.getDuplicatesBuilder().setNearQuestions(share(50, 100));

        SuitabilityVerdict verdict = new Verdict("projects/acme/datasets/support/versions/3")
                .verdict(report, ROWS)
                .orElseThrow();

        assertThat(verdict.getNextStepsList())
                .containsExactly(
                        "finetide dataset derive support --from support@3 --project acme --dedupe near --redact",
                        "finetide dataset report support@3 --project acme --found refusal");
    }

    @Test
    void reasonsAgainstStandInTheOrderOfTheirWeightWithRowsAndCommands() {
        SuitabilityReport.Builder report = fitting("classification", "accuracy");
        report.getPermissionBuilder().setPersonal(share(50, 100));
        report.getContradictionsBuilder().setEqual(share(100, ROWS));
        for (int i = 1; i <= 9; i++) {
            report.getContradictionsBuilder()
                    .addExamples(RowFound.newBuilder().setNumber(i).setSuggestion("secret"));
        }
        SuitabilityVerdict verdict = verdict(report, ROWS);
        assertThat(verdict.getFitness()).isEqualTo(Fitness.MEND_FIRST);
        var against = verdict.getReasonsList().stream()
                .filter(reason -> !reason.getSpeaksFor())
                .toList();
        assertThat(against.getFirst().getSentence())
                .isEqualTo("100 of 1,000 rows have a question that stands there again with another answer.");
        assertThat(against.getFirst().getValue()).isEqualTo(0.1);
        assertThat(against.getFirst().getLimit()).isEqualTo(0.05);
        assertThat(against.getFirst().getRowsList())
                .hasSize(5)
                .allMatch(row -> row.getSuggestion().isEmpty());
        assertThat(against.getLast().getSentence()).isEqualTo("50.0 % of the rows have personal data.");
        assertThat(verdict.getNextStepsList()).contains("finetide dataset derive support --from support@3 --redact");
        assertThat(verdict.getReasons(0).getSpeaksFor()).isTrue();
    }

    @Test
    void withoutMeasurementsThereIsNoVerdict() {
        assertThat(new Verdict(VERSION).verdict(SuitabilityReport.newBuilder(), ROWS))
                .isEmpty();
    }
}
