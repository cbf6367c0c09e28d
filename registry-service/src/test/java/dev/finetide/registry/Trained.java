package dev.finetide.registry;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Score;
import dev.finetide.proto.evaluation.v1.Verdict;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// Makes runs and evaluations as their services report them.
final class Trained {
    static final byte[] ADAPTER = "the adapter's bytes".getBytes(StandardCharsets.UTF_8);

    private static final int ROWS = 100;

    private Trained() {}

    /// Returns a run that has succeeded with one file in the store.
    static TrainingRun run(BlobStore blobs, String id, String model) throws IOException {
        BlobRef blob =
                blobs.put("trainingRuns/default/" + id + "/adapter.safetensors", new ByteArrayInputStream(ADAPTER));
        List<BlobFile> files = List.of(BlobFile.newBuilder()
                .setPath("adapter_model.safetensors")
                .setSizeBytes(blob.size())
                .setSha256(blob.sha256())
                .setBlobKey(blob.key())
                .build());
        return TrainingRun.newBuilder()
                .setName("projects/default/trainingRuns/" + id)
                .setState(State.SUCCEEDED)
                .setConfig(TrainingConfig.newBuilder().setModel("projects/default/models/" + model))
                .setBase(Base.newBuilder()
                        .setName("projects/default/bases/b")
                        .setDigest("base-digest")
                        .setTemplateDigest("template-digest"))
                .setDatasetVersion(DatasetVersion.newBuilder().setName("projects/default/datasets/d/versions/1"))
                .setOutput(TrainingOutput.newBuilder()
                        .setKind(ModelKind.ADAPTER)
                        .addAllFiles(files)
                        .setDigest(FileSet.digest(files)))
                .build();
    }

    static Evaluation.Builder evaluation(TrainingRun run) {
        return Evaluation.newBuilder()
                .setName(run.getName().replace("trainingRuns/", "evaluations/e-"))
                .setTrainingRun(run);
    }

    static Evaluation evaluated(TrainingRun run, double base, double tuned) {
        return evaluation(run)
                .setState(State.SUCCEEDED)
                .setReport(report(base, tuned))
                .build();
    }

    /// Makes a report of two arms, base and tuned, on 100 rows.
    static EvaluationReport report(double base, double tuned) {
        return report(Map.of("base", base, "tuned", tuned));
    }

    /// Makes a report of arms on 100 rows. Different values are told apart, equal ones are not.
    ///
    /// @param exactMatches exact match by arm; the other numbers follow from it
    static EvaluationReport report(Map<String, Double> exactMatches) {
        EvaluationReport.Builder report =
                EvaluationReport.newBuilder().setRows(ROWS).addAllMetrics(List.of("exact_match", "token_f1", "loss"));
        List<String> arms = exactMatches.keySet().stream().sorted().toList();
        arms.forEach(arm -> report.addArms(arm(arm, exactMatches.get(arm))));
        for (int i = 0; i < arms.size(); i++) {
            for (String other : arms.subList(i + 1, arms.size())) {
                for (String metric : report.getMetricsList()) {
                    report.addComparisons(compared(
                            arms.get(i), other, metric, exactMatches.get(arms.get(i)) - exactMatches.get(other)));
                }
            }
        }
        return report.build();
    }

    private static ArmReport arm(String name, double exactMatch) {
        ArmModel model = name.startsWith("tuned")
                ? ArmModel.TUNED
                : name.startsWith("approved") ? ArmModel.MODEL_VERSION : ArmModel.BASE;
        return ArmReport.newBuilder()
                .setArm(name)
                .setModel(model)
                .setRows(ROWS)
                .putScores("exact_match", score(exactMatch))
                .putScores("token_f1", score(exactMatch))
                .putScores("loss", score(2 - exactMatch))
                .build();
    }

    private static Score score(double value) {
        return Score.newBuilder().setValue(value).setRows(ROWS).build();
    }

    private static Comparison compared(String arm, String other, String metric, double difference) {
        double half = difference == 0 ? 0.05 : Math.abs(difference) / 2;
        long changed = Math.round(Math.abs(difference) * ROWS);
        return Comparison.newBuilder()
                .setArm(arm)
                .setOther(other)
                .setMetric(metric)
                .setDifference(difference)
                .setLow(difference - half)
                .setHigh(difference + half)
                .setRowsWon(difference > 0 ? changed : 0)
                .setRowsLost(difference < 0 ? changed : 0)
                .setRowsTied(ROWS - changed)
                .setVerdict(
                        difference > 0 ? Verdict.BETTER : difference < 0 ? Verdict.WORSE : Verdict.NOT_DISTINGUISHABLE)
                .build();
    }
}
