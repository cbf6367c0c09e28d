package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.Evaluations;
import dev.finetide.cli.platform.Platform;
import dev.finetide.cli.platform.Reports;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceImplBase;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.training.v1.ValidationResult;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import dev.finetide.proto.work.v1.State;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RunCompareTest {
    private static final String VERSION = "projects/default/models/support-desk/versions/9";

    private final Evaluations evaluations = new Evaluations();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(new TwoRuns(), evaluations);
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void settingsThatDifferLossesAndScoresStandSideBySide() {
        Evaluation.Builder evaluation =
                Evaluation.newBuilder().setState(State.SUCCEEDED).setReport(Reports.rich());
        evaluation.getSpecBuilder().setDatasetVersion("projects/default/datasets/support-desk/versions/2");
        evaluations.updates.add(EvaluationUpdate.newBuilder()
                .setSequence(1)
                .setEvaluation(evaluation)
                .build());

        CliRun compared = CliRun.against(platform, "run", "compare", "run-1", "run-2");

        assertThat(compared.exitCode()).as(compared.err()).isZero();
        assertThat(compared.out()).isEqualToNormalizingNewlines("""
                SETTING        run-1  run-2
                method         lora   full
                learning_rate  0.003  2e-4

                Mean loss of the steps since the row above, in nats
                UP TO STEP  run-1    VALIDATION  run-2    VALIDATION
                4           38.5000  -           38.5000  -
                8           34.5000  -           34.5000  -
                12          30.5000  -           30.5000  -
                16          26.5000  -           26.5000  -
                20          22.5000  1.2500      22.5000  1.2500
                24          -        -           18.5000  -
                28          -        -           14.5000  -
                32          -        -           10.5000  -
                36          -        -           6.5000   -
                40          -        -           2.5000   0.4500

                RESULT         run-1                 run-2
                state          succeeded             succeeded
                trained in     10.0 s                20.0 s
                peak memory    1.0 GB                1.0 GB
                model version  -                     support-desk@9
                rows asked     150                   150
                accuracy       0.940 [0.890, 0.968]  0.940 [0.890, 0.968]
                macro_f1       0.930 [0.880, 0.970]  0.930 [0.880, 0.970]
                loss           0.210 [0.150, 0.270]  0.210 [0.150, 0.270]
                Both were asked the rows of support-desk@2. An evaluation with both as arms (finetide eval create)
                compares them row by row, and tells more than two intervals.
                """);
    }

    @Test
    void anEvaluationThatHasTheOtherVersionAsAnArmComparesThemRowByRow() {
        Evaluation.Builder evaluation =
                Evaluation.newBuilder().setState(State.SUCCEEDED).setReport(Reports.rich());
        evaluation.addArmsBuilder().getArmBuilder().setName("few-shot").setModelVersion(VERSION);
        evaluations.updates.add(EvaluationUpdate.newBuilder()
                .setSequence(1)
                .setEvaluation(evaluation)
                .build());

        CliRun compared = CliRun.against(platform, "run", "compare", "run-1", "run-2");

        assertThat(compared.out().replaceAll("\\s+", " "))
                .contains(
                        "Row by row, in the evaluation of run-1, tuned not distinguishable from few-shot: difference 0.040"
                                + " [-0.010, 0.090]; 9 rows won, 3 lost");
    }

    @Test
    void equalSettingsAreShownOnRequest() {
        CliRun compared = CliRun.against(platform, "run", "compare", "run-1", "run-1", "--all");

        assertThat(compared.out()).contains("batch_size", "evaluation.max_rows");
        assertThat(CliRun.against(platform, "run", "compare", "run-1", "run-1").out())
                .startsWith("Both runs have the same settings.");
    }

    /// Stand-in for training-service with two runs that have ended: one of 20 steps, one of 40.
    private static final class TwoRuns extends TrainingRunServiceImplBase {
        @Override
        public void getTrainingRun(GetTrainingRunRequest request, StreamObserver<TrainingRun> answer) {
            boolean first = request.getName().endsWith("run-1");
            TrainingRun.Builder run =
                    TrainingRun.newBuilder().setName(request.getName()).setState(State.SUCCEEDED);
            run.getConfigBuilder()
                    .setDatasetVersion("projects/default/datasets/support-desk/versions/2")
                    .setMethod(first ? Method.LORA : Method.FULL)
                    .setLearningRate(first ? 3e-3 : 2e-4)
                    .setBatchSize(16);
            run.setModelVersion(first ? "" : VERSION);
            run.getOutputBuilder().setTrainSeconds(first ? 10 : 20).setPeakMemoryBytes(1_000_000_000);
            answer.onNext(run.build());
            answer.onCompleted();
        }

        @Override
        public void watchTrainingRun(WatchTrainingRunRequest request, StreamObserver<TrainingRunUpdate> answer) {
            int steps = request.getName().endsWith("run-1") ? 20 : 40;
            long sequence = 0;
            for (int step = 1; step <= steps; step++) {
                answer.onNext(TrainingRunUpdate.newBuilder()
                        .setSequence(++sequence)
                        .setProgress(TrainingProgress.newBuilder().setStep(step).setLoss(41 - step))
                        .build());
                if (step % 20 == 0) {
                    answer.onNext(TrainingRunUpdate.newBuilder()
                            .setSequence(++sequence)
                            .setValidation(
                                    ValidationResult.newBuilder().setStep(step).setLoss(step == 20 ? 1.25 : 0.45))
                            .build());
                }
            }
            answer.onCompleted();
        }
    }
}
