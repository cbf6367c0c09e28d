package dev.finetide.cli.demo;

import com.google.gson.JsonObject;
import dev.finetide.cli.run.RunOutcome;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingOutput;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// The result that `finetide demo -o json` prints at its end.
///
/// @param seconds time from the command's start until everything was stopped
/// @param adapter folder of the approved adapter
record DemoReport(double seconds, RunOutcome outcome, Optional<Path> adapter) {

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("seconds", seconds);
        json.addProperty("approved", outcome.isApproved());
        json.addProperty("run", outcome.run().getName());
        json.addProperty(
                "modelVersion",
                outcome.modelVersion().map(ModelVersion::getName).orElse(null));
        EvaluationReport report = outcome.evaluation()
                .map(evaluation -> evaluation.getReport())
                .orElse(EvaluationReport.getDefaultInstance());
        JsonObject arms = new JsonObject();
        report.getArmsList().forEach(arm -> arms.add(arm.getArm(), scores(arm)));
        json.add("arms", arms);
        json.addProperty("recommended", report.getRecommendation().getArm());
        json.addProperty("advice", report.getRecommendation().getAdvice());
        TrainingOutput output = outcome.run().getOutput();
        json.addProperty("trainSeconds", output.getTrainSeconds());
        json.addProperty("tokensPerSecond", tokensPerSecond(output));
        json.addProperty("peakMemoryBytes", Math.max(output.getPeakMemoryBytes(), report.getPeakMemoryBytes()));
        json.addProperty("adapter", adapter.map(Path::toString).orElse(null));
        return json;
    }

    /// Returns the values of an arm's metrics by name, without their intervals, and its number of rows.
    private static JsonObject scores(ArmReport arm) {
        JsonObject json = new JsonObject();
        json.addProperty("rows", arm.getRows());
        arm.getScoresMap().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(score ->
                        json.addProperty(score.getKey(), score.getValue().getValue()));
        return json;
    }

    private static double tokensPerSecond(TrainingOutput output) {
        return output.getTrainSeconds() > 0 ? output.getTrainedTokens() / output.getTrainSeconds() : 0;
    }
}
