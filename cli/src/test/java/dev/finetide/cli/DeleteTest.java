package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.FilledAnswers;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.BaseServiceGrpc.BaseServiceImplBase;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import dev.finetide.proto.model.v1.DeleteModelVersionRequest;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelServiceGrpc.ModelServiceImplBase;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.DeleteTrainingRunRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceImplBase;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Checks that commands delete what they showed, and nothing without a yes.
class DeleteTest {
    private final List<Object> deletions = new CopyOnWriteArrayList<>();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(new RunsToDelete(), new BasesToDelete(), new VersionsToDelete());
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void aScriptSaysYes() {
        for (List<String> command : List.of(
                List.of("run", "delete", "run-1"),
                List.of("base", "delete", "tiny"),
                List.of("model", "delete", "tickets@2"))) {
            CliRun run = CliRun.against(platform, command.toArray(String[]::new));
            assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
            assertThat(run.err()).contains("say --yes to delete");
        }
        assertThat(deletions).isEmpty();
    }

    @Test
    void theEtagOfWhatWasFoundIsSent() {
        CliRun run = CliRun.against(platform, "run", "delete", "run-1", "--yes");
        CliRun base = CliRun.against(platform, "base", "delete", "tiny", "-y");
        CliRun model = CliRun.against(platform, "model", "delete", "tickets@2", "--yes");

        assertThat(run.out()).contains("is deleted");
        assertThat(base.out()).contains("is deleted");
        assertThat(model.out()).contains("is deleted");
        assertThat(deletions)
                .containsExactly(
                        DeleteTrainingRunRequest.newBuilder()
                                .setName("projects/default/trainingRuns/run-1")
                                .setEtag("text")
                                .build(),
                        DeleteBaseRequest.newBuilder()
                                .setName("projects/default/bases/tiny")
                                .setEtag("text")
                                .build(),
                        DeleteModelVersionRequest.newBuilder()
                                .setName("projects/default/models/tickets/versions/2")
                                .setEtag("text")
                                .build());
    }

    @Test
    void aModelVersionIsNamedByItsNumber() {
        assertThat(CliRun.against(platform, "model", "delete", "tickets", "--yes")
                        .exitCode())
                .isEqualTo(2);
        assertThat(deletions).isEmpty();
    }

    private static <A> void send(A message, StreamObserver<A> answer) {
        answer.onNext(message);
        answer.onCompleted();
    }

    private final class RunsToDelete extends TrainingRunServiceImplBase {
        private final TrainingRun run = (TrainingRun) FilledAnswers.filled(TrainingRun.getDefaultInstance());

        @Override
        public void getTrainingRun(GetTrainingRunRequest request, StreamObserver<TrainingRun> answer) {
            send(run, answer);
        }

        @Override
        public void deleteTrainingRun(DeleteTrainingRunRequest request, StreamObserver<TrainingRun> answer) {
            deletions.add(request);
            send(run, answer);
        }
    }

    private final class BasesToDelete extends BaseServiceImplBase {
        private final Base base = ((Base) FilledAnswers.filled(Base.getDefaultInstance()))
                .toBuilder().setName("projects/default/bases/tiny").build();

        @Override
        public void getBase(GetBaseRequest request, StreamObserver<Base> answer) {
            send(base, answer);
        }

        @Override
        public void deleteBase(DeleteBaseRequest request, StreamObserver<Base> answer) {
            deletions.add(request);
            send(base, answer);
        }
    }

    private final class VersionsToDelete extends ModelServiceImplBase {
        private final ModelVersion version = ((ModelVersion) FilledAnswers.filled(ModelVersion.getDefaultInstance()))
                .toBuilder()
                        .setName("projects/default/models/tickets/versions/2")
                        .build();

        @Override
        public void getModelVersion(GetModelVersionRequest request, StreamObserver<ModelVersion> answer) {
            send(version, answer);
        }

        @Override
        public void deleteModelVersion(DeleteModelVersionRequest request, StreamObserver<ModelVersion> answer) {
            deletions.add(request);
            send(version, answer);
        }
    }
}
