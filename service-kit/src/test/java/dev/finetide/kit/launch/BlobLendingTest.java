package dev.finetide.kit.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.BlobScope;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.LendBlobAccessResponse;
import dev.finetide.proto.worker.v1.TrainTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BlobLendingTest {
    private static final WorkerSpec.Builder SPEC = WorkerSpec.newBuilder()
            .setResource("projects/p/trainingRuns/r")
            .setAttempt(2)
            .setBlobPrefix("trainingRuns/p/r/")
            .setBase(Base.newBuilder().addFiles(file("sha256/ab/weights")))
            .setDatasetVersion(DatasetVersion.newBuilder()
                    .addShards(file("datasets/p/d/1/train-0"))
                    .setManifest(file("datasets/p/d/1/manifest.json")));

    private static BlobFile file(String key) {
        return BlobFile.newBuilder().setBlobKey(key).build();
    }

    @Test
    void aWorkerReadsWhatItsSpecificationNamesAndWritesBelowItsEpoch() {
        WorkerSpec training = SPEC.clone()
                .setTrain(TrainTask.newBuilder()
                        .addInitialAdapter(file("trainingRuns/p/other/attempts/1/model/a"))
                        .setPassageDocuments(DatasetVersion.newBuilder().addShards(file("datasets/p/docs/1/train-0"))))
                .build();

        BlobScope scope = BlobLending.scope(training, 7);

        assertThat(scope.keys())
                .containsExactlyInAnyOrder(
                        "sha256/ab/weights",
                        "datasets/p/d/1/train-0",
                        "datasets/p/d/1/manifest.json",
                        "trainingRuns/p/other/attempts/1/model/a",
                        "datasets/p/docs/1/train-0");
        assertThat(scope.folder()).isEqualTo("trainingRuns/p/r/");
        assertThat(scope.own()).isEqualTo("trainingRuns/p/r/attempts/7/");
    }

    @Test
    void theAdaptersOfAnEvaluationsArmsAreRead() {
        WorkerSpec evaluation = SPEC.clone()
                .setEvaluate(EvaluateTask.newBuilder()
                        .addArms(EvaluationArm.newBuilder().addFiles(file("trainingRuns/p/r1/attempts/1/model/a"))))
                .build();

        assertThat(BlobLending.scope(evaluation, 1).keys()).contains("trainingRuns/p/r1/attempts/1/model/a");
    }

    @Test
    void withoutALenderWorkersUseTheirOwnCredentials() throws IOException {
        assertThat(new BlobLending(Optional.empty()).lend(SPEC.build(), 1))
                .isEqualTo(LendBlobAccessResponse.getDefaultInstance());
    }
}
