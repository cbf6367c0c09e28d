package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.worker.v1.TrainTask;
import org.junit.jupiter.api.Test;

/// Runs whose rows are learnt with passages.
class TrainedWithPassagesTest {
    private final Stage stage = new Stage();

    private static TrainingConfig with(Retrieval.Builder passages) {
        return Stage.config().setPassages(passages).build();
    }

    private FieldViolation refusal(Retrieval.Builder passages) {
        CreateTrainingRunRequest request = CreateTrainingRunRequest.newBuilder()
                .setParent("projects/default")
                .setConfig(with(passages))
                .build();
        return catchThrowableOfType(ApiException.class, () -> stage.runs.create(request))
                .violations()
                .getFirst();
    }

    @Test
    void theDocumentSetIsResolvedOnceAndEveryAttemptGetsIt() {
        String name =
                stage.aQueuedRun(with(Retrieval.newBuilder().setCount(3).setDocuments(FakeCatalog.MANUAL + "latest")));
        TrainingRun run = stage.runs.get(name);
        assertThat(run.getConfig().getPassages().getDocuments()).isEqualTo(FakeCatalog.MANUAL + "2");
        assertThat(run.getPassageDocuments().getDigest()).isEqualTo("manual-2");
        stage.runs.tick();
        stage.worker(name).stopped();
        stage.runs.tick();
        assertThat(stage.launcher.started())
                .hasSize(2)
                .allSatisfy(spec -> assertThat(spec.getTrain())
                        .extracting(TrainTask::getPassageDocuments)
                        .extracting(DatasetVersion::getName)
                        .isEqualTo(FakeCatalog.MANUAL + "2"));
    }

    @Test
    void trainRowsAreLookedUpWithoutADocumentSet() {
        TrainingRun run =
                stage.runs.get(stage.aQueuedRun(with(Retrieval.newBuilder().setCount(2))));
        assertThat(run.hasPassageDocuments()).isFalse();
        assertThat(run.getConfig().getPassages().getCount()).isEqualTo(2);
    }

    @Test
    void whatCannotBeLookedUpIsNamed() {
        assertThat(refusal(Retrieval.newBuilder().setCount(3).setDocuments(FakeCatalog.DATASET + "3")))
                .satisfies(found -> {
                    assertThat(found.field()).isEqualTo("config.passages.documents");
                    assertThat(found.description()).contains("expected a document set");
                });
        assertThat(refusal(Retrieval.newBuilder().setDocuments(FakeCatalog.MANUAL + "2")))
                .isEqualTo(new FieldViolation(
                        "config.passages.count",
                        "expected the number of passages of " + FakeCatalog.MANUAL + "2, got 0"));
        assertThat(refusal(Retrieval.newBuilder().setCount(101)).field()).isEqualTo("config.passages.count");
        assertThat(refusal(Retrieval.newBuilder().setCount(1).setTemplate("{passages}")))
                .isEqualTo(new FieldViolation(
                        "config.passages.template", "expected a text with {passages} and {question} once each"));
        assertThat(refusal(Retrieval.newBuilder().setCount(1).setDocuments("projects/p/datasets/d/versions/1"))
                        .description())
                .contains("in the run's project");
    }

    @Test
    void rowsThatAreAllTextHaveNoQuestionToLookUp() {
        assertThatThrownBy(() -> RenderingRules.check(
                        with(Retrieval.newBuilder().setCount(1)),
                        DatasetVersion.newBuilder().setRowFormat(RowFormat.TEXT).build(),
                        Base.getDefaultInstance()))
                .hasMessageContaining("config.passages: expected none for rows that are all text");
    }
}
