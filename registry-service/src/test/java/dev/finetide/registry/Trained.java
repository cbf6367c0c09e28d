package dev.finetide.registry;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
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

/// Makes runs and evaluations as their services report them.
final class Trained {
    static final byte[] ADAPTER = "the adapter's bytes".getBytes(StandardCharsets.UTF_8);

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
                .setBase(Base.newBuilder().setName("projects/default/bases/b").setDigest("base-digest"))
                .setDatasetVersion(DatasetVersion.newBuilder().setName("projects/default/datasets/d/versions/1"))
                .setOutput(TrainingOutput.newBuilder()
                        .setKind(ModelKind.ADAPTER)
                        .addAllFiles(files)
                        .setDigest(FileSet.digest(files)))
                .build();
    }

    static Evaluation.Builder evaluation(TrainingRun run) {
        return Evaluation.newBuilder()
                .setName(run.getName().replace("trainingRuns", "evaluations"))
                .setTrainingRun(run);
    }

    static Evaluation evaluated(TrainingRun run, double base, double tuned) {
        return evaluation(run)
                .setState(State.SUCCEEDED)
                .setReport(report(base, tuned))
                .build();
    }

    static EvaluationReport report(double base, double tuned) {
        return EvaluationReport.newBuilder()
                .setBase(metrics(base))
                .setTuned(metrics(tuned))
                .build();
    }

    /// Makes the metrics of one variant.
    ///
    /// @param exactMatch exact match of the variant; the other numbers follow from it
    static VariantMetrics metrics(double exactMatch) {
        return VariantMetrics.newBuilder()
                .setRows(100)
                .setExactMatch(exactMatch)
                .setTokenF1(exactMatch)
                .setLoss(2 - exactMatch)
                .build();
    }
}
