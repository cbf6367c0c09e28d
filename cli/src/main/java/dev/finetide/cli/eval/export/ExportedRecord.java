package dev.finetide.cli.eval.export;

import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Score;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One record of an exported file.
///
/// @param fields names and values in the order of columns: text, number, whole number or flag
/// @param scores scores by metric; a metric that is missing has none
/// @param tags tags of the row
/// @param isAnswer whether the record is an answer, which has scores and tags
record ExportedRecord(
        Map<String, Object> fields, Map<String, Double> scores, Map<String, String> tags, boolean isAnswer) {
    /// Makes the record of an answer.
    ///
    /// @param isWithSentPrompt whether the record has the prompt as it was sent
    static ExportedRecord of(ExampleResult result, boolean isWithSentPrompt) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("row", result.getRow() + 1);
        fields.put("probe", result.getProbe());
        fields.put("file", result.getPlace().getFile());
        fields.put(
                "line", Math.max(result.getPlace().getLine(), result.getPlace().getRecord()));
        fields.put("arm", result.getArm());
        fields.put("draw", result.getRepeat() + 1L);
        fields.put("question", result.getPrompt());
        fields.put("expected", result.getExpected());
        fields.put("output", result.getOutput());
        fields.put("answer", result.hasAnswer() ? result.getAnswer() : result.getOutput());
        fields.put("texts_cut", result.getTextsCut());
        fields.put("output_cut", result.getOutputCut());
        fields.put("prompt_tokens", (long) result.getPromptTokens());
        fields.put("completion_tokens", (long) result.getCompletionTokens());
        fields.put("latency_seconds", result.getLatencySeconds());
        if (isWithSentPrompt) {
            fields.put("sent_prompt", result.getSentPrompt());
        }
        return new ExportedRecord(
                fields, result.getScoresMap(), result.getFacts().getTagsMap(), true);
    }

    /// Makes the records of a report: one for each arm and metric, in the order of tables.
    static List<ExportedRecord> of(EvaluationReport report) {
        return report.getArmsList().stream()
                .flatMap(arm -> report.getMetricsList().stream()
                        .filter(arm::containsScores)
                        .map(metric -> of(report, arm, metric, arm.getScoresOrThrow(metric))))
                .toList();
    }

    private static ExportedRecord of(EvaluationReport report, ArmReport arm, String metric, Score score) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("arm", arm.getArm());
        fields.put("model", arm.getModel().name().toLowerCase(Locale.ROOT));
        fields.put("path", arm.getPath().name().toLowerCase(Locale.ROOT));
        fields.put("recommended", arm.getArm().equals(report.getRecommendation().getArm()));
        fields.put("metric", metric);
        fields.put("value", score.getValue());
        fields.put("low", score.getLow());
        fields.put("high", score.getHigh());
        fields.put("rows", score.getRows());
        fields.put("failed_rows", score.getFailedRows());
        return new ExportedRecord(fields, Map.of(), Map.of(), false);
    }

    /// Returns a record of a report with all fields, for the columns of a file without records.
    static ExportedRecord emptyScore() {
        return of(
                EvaluationReport.getDefaultInstance(), ArmReport.getDefaultInstance(), "", Score.getDefaultInstance());
    }
}
