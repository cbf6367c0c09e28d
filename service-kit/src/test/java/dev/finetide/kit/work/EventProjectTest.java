package dev.finetide.kit.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventProjectTest {
    private static final TrainingRun RUN = TrainingRun.newBuilder()
            .setName("projects/p/trainingRuns/r")
            .setConfig(TrainingConfig.newBuilder().setModel("projects/p/models/m"))
            .setBase(Base.newBuilder().setName("projects/p/bases/b"))
            .setDatasetVersion(version("p"))
            .build();
    private static final Evaluation EVALUATION = Evaluation.newBuilder()
            .setName("projects/p/evaluations/e")
            .setTrainingRun(RUN)
            .setDatasetVersion(version("p"))
            .build();
    private static final ModelVersion VERSION = ModelVersion.newBuilder()
            .setName("projects/p/models/m/versions/1")
            .setTrainingRun(RUN.getName())
            .setBase("projects/p/bases/b")
            .build();

    private static DatasetVersion version(String project) {
        return DatasetVersion.newBuilder()
                .setName("projects/" + project + "/datasets/d/versions/1")
                .build();
    }

    @Test
    void anEventOfOneProjectIsOfThatProject() {
        assertThat(EventProject.of(RUN)).isEqualTo("p");
        assertThat(EventProject.of(EVALUATION)).isEqualTo("p");
        assertThat(EventProject.of(VERSION)).isEqualTo("p");
    }

    @Test
    void aNameOfAnotherProjectIsRefusedWhereverItStands() {
        List<Runnable> forged = List.of(
                () -> EventProject.of(RUN.toBuilder()
                        .setConfig(TrainingConfig.newBuilder().setModel("projects/q/models/m"))
                        .build()),
                () -> EventProject.of(RUN.toBuilder()
                        .setBase(Base.newBuilder().setName("projects/q/bases/b"))
                        .build()),
                () -> EventProject.of(
                        RUN.toBuilder().setDatasetVersion(version("pp")).build()),
                () -> EventProject.of(
                        RUN.toBuilder().setPassageDocuments(version("q")).build()),
                () -> EventProject.of(EVALUATION.toBuilder()
                        .setName("projects/q/evaluations/e")
                        .clearDatasetVersion()
                        .build()),
                () -> EventProject.of(EVALUATION.toBuilder()
                        .setTrainingRun(RUN.toBuilder().setDatasetVersion(version("q")))
                        .build()),
                () -> EventProject.of(
                        EVALUATION.toBuilder().addOtherVersions(version("q")).build()),
                () -> EventProject.of(VERSION.toBuilder()
                        .setTrainingRun("projects/q/trainingRuns/r")
                        .build()),
                () -> EventProject.of(
                        VERSION.toBuilder().setBase("projects/q/bases/b").build()),
                () -> EventProject.of(VERSION.toBuilder()
                        .setPassages(Retrieval.newBuilder().setDocuments("projects/q/datasets/d/versions/1"))
                        .build()));
        for (int i = 0; i < forged.size(); i++) {
            assertThatThrownBy(forged.get(i)::run)
                    .as("event " + i)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected a name in its project");
        }
    }

    @Test
    void anEventAboutAnotherKindOfResourceIsRefused() {
        for (String name : List.of("projects/p/evaluations/e", "projects/p/trainingRuns/", "r", "")) {
            assertThatThrownBy(
                            () -> EventProject.of(RUN.toBuilder().setName(name).build()))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected a training_run");
        }
    }
}
