package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersion.State;
import dev.finetide.proto.training.v1.DeleteTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.WorkReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class DeletedRunsTest {
    private static final String VERSION = "projects/default/models/tickets/versions/1";

    private final Stage stage = new Stage();

    private TrainingRun delete(String run) {
        return stage.runs.delete(
                DeleteTrainingRunRequest.newBuilder().setName(run).build());
    }

    private void put(String run) throws IOException {
        String key =
                run.replace("projects/default/trainingRuns/", "trainingRuns/default/") + "/attempts/2/model/a.json";
        stage.blobs.put(key, new ByteArrayInputStream(new byte[3]));
    }

    private static ModelVersion aVersion(String run, State state) {
        return ModelVersion.newBuilder()
                .setName(VERSION)
                .setTrainingRun(run)
                .setKind(ModelKind.ADAPTER)
                .setState(state)
                .build();
    }

    private String aRunWithVersion(State state) {
        Stage.Worker worker = stage.aRunningRun();
        worker.finished();
        stage.runs.linkModelVersion(worker.run, VERSION);
        stage.catalog.adapter = aVersion(worker.run, state);
        return worker.run;
    }

    @Test
    void aFailedRunGoesWithItsBlobsAndLeavesATombstone() throws IOException {
        Stage.Worker worker = stage.aRunningRun();
        worker.checkpoint(5);
        put(worker.run);
        stage.blobs.put("trainingRuns/default/other/attempts/2/a.json", new ByteArrayInputStream(new byte[1]));
        worker.failed(WorkReason.DIVERGED, false);

        TrainingRun tombstone = delete(worker.run);

        stage.restart();
        stage.runs.tick();
        assertThat(tombstone.hasDeleteTime()).isTrue();
        assertThat(tombstone.getCheckpointsList()).isEmpty();
        assertThat(stage.runs.get(worker.run)).isEqualTo(tombstone);
        assertThat(delete(worker.run)).isEqualTo(tombstone);
        assertThat(stage.blobs.list(""))
                .extracting(BlobEntry::key)
                .containsExactly("trainingRuns/default/other/attempts/2/a.json");
        assertThat(stage.runs
                        .list(ListTrainingRunsRequest.newBuilder()
                                .setParent("projects/default")
                                .build())
                        .getTrainingRunsList())
                .isEmpty();
        assertThat(stage.published.types()).endsWith("TrainingRunFailed", "TrainingRunDeleted");
    }

    @Test
    void aRunThatHasNotEndedIsNotDeleted() {
        Stage.Worker worker = stage.aRunningRun();

        assertThatThrownBy(() -> delete(worker.run)).hasMessage("cannot delete " + worker.run + ": it is RUNNING");
    }

    @Test
    void aRunWhoseModelVersionMayBeServedIsNotDeleted() {
        String run = aRunWithVersion(State.REVOKED);
        assertThatThrownBy(() -> delete(run)).hasMessageContaining("needed by " + VERSION + " (REVOKED)");

        stage.catalog.adapter = aVersion(run, State.REJECTED);
        String digest = stage.runs.get(run).getOutput().getDigest();
        TrainingRun tombstone = delete(run);
        assertThat(tombstone.getOutput().getFilesList()).isEmpty();
        assertThat(tombstone.getOutput().getDigest()).isNotEmpty().isEqualTo(digest);
    }

    @Test
    void aRunWhoseModelVersionIsNotRegisteredYetIsNotDeleted() {
        Stage.Worker worker = stage.aRunningRun();
        worker.finished();

        assertThatThrownBy(() -> delete(worker.run)).hasMessageContaining("not registered yet");
    }

    @Test
    void aRunFromWhoseAdapterAnotherContinuesIsNotDeleted() {
        String run = aRunWithVersion(State.APPROVED);
        String other =
                stage.aQueuedRun(Stage.config().setFromModelVersion(VERSION).build());
        stage.catalog.adapter = aVersion(run, State.DELETED);

        assertThatThrownBy(() -> delete(run)).hasMessageContaining("needed by " + other);
        stage.cancel(other);
        assertThat(delete(run).hasDeleteTime()).isTrue();
    }
}
