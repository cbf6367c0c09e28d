package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.Precision;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingMachine;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// A run shows the values that are used, those included that only its worker knows.
class SettingsInUseTest {
    /// Fields that stay absent because nothing was chosen.
    private static final Set<String> NOTHING_CHOSEN = Set.of(
            "evaluation.arms",
            "evaluation.behaviour",
            "evaluation.task",
            "evaluation.primary_metric",
            "evaluation.more_metrics",
            "evaluation.answer_pattern",
            "evaluation.json_schema",
            "from_model_version", // training begins with the base
            "leave_out", // no row is left out
            "passages", // rows are learnt as they are
            "max_steps", // epochs say when the run ends
            "threads", // the machine's: TrainingRun.machine
            "memory_budget_bytes"); // the machine's: TrainingRun.machine

    private final Stage stage = new Stage();

    private TrainingRun finished(TrainingConfig.Builder config) {
        String name = stage.aQueuedRun(config.build());
        stage.runs.tick();
        Stage.Worker worker = stage.worker(name);
        stage.runs.on(worker.next().setStarted(started(name)).build());
        worker.finished();
        return stage.runs.get(name);
    }

    private WorkerStarted.Builder started(String run) {
        return WorkerStarted.newBuilder()
                .setHost("node-7")
                .setDevice("cuda:0")
                .setConfig(stage.runs.get(run).getConfig().toBuilder()
                        .setMaxLength(512)
                        .setPrecision(Precision.BF16)
                        .setMicroBatchTokens(1024)
                        .setRendering(Rendering.CHAT_TEMPLATE)
                        .setDevice("cuda:0")
                        .setThreads(16)
                        .setMemoryBudgetBytes(1L << 33)
                        .setEvaluation(stage.runs.get(run).getConfig().getEvaluation().toBuilder()
                                .setMaxNewTokens(96)));
    }

    @Test
    void aRunShowsEveryValueInUse() {
        assertThat(unset(finished(Stage.config()).getConfig())).isEqualTo(NOTHING_CHOSEN);
        assertThat(unset(finished(Stage.config().setMethod(Method.FULL)).getConfig()))
                .isEqualTo(with(NOTHING_CHOSEN, "lora"));
        assertThat(unset(finished(Stage.config().setWarmupSteps(3)).getConfig()))
                .isEqualTo(with(NOTHING_CHOSEN, "warmup_ratio"));
        Set<String> steps = with(NOTHING_CHOSEN, "epochs");
        steps.remove("max_steps");
        assertThat(unset(finished(Stage.config().setMaxSteps(9)).getConfig())).isEqualTo(steps);
    }

    @Test
    void whatDecidesTheResultIsASettingOfLaterAttemptsAndWhatTheMachineDecidesIsShown() {
        TrainingRun run = finished(Stage.config());
        assertThat(run.getConfig().getPrecision()).isEqualTo(Precision.BF16);
        assertThat(run.getConfig().getMicroBatchTokens()).isEqualTo(1024);
        assertThat(run.getConfig().getRendering()).isEqualTo(Rendering.CHAT_TEMPLATE);
        assertThat(run.getConfig().getEvaluation().getMaxNewTokens()).isEqualTo(96);
        assertThat(run.getConfig().getDevice()).as("as asked").isEqualTo("auto");
        assertThat(run.getMachine())
                .isEqualTo(TrainingMachine.newBuilder()
                        .setHost("node-7")
                        .setDevice("cuda:0")
                        .setThreads(16)
                        .setMemoryBudgetBytes(1L << 33)
                        .build());
    }

    @Test
    void theNextAttemptUsesWhatTheFirstUsed() {
        String name = stage.aStartingRun();
        Stage.Worker worker = stage.worker(name);
        stage.runs.on(worker.next().setStarted(started(name)).build());
        worker.stopped();
        stage.runs.tick();
        TrainingConfig told = stage.launcher.started().getLast().getTrain().getConfig();
        assertThat(stage.launcher.started().getLast().getAttempt()).isEqualTo(2);
        assertThat(told.getPrecision()).isEqualTo(Precision.BF16);
        assertThat(told.getMicroBatchTokens()).isEqualTo(1024);
        assertThat(told.hasThreads()).as("another machine may have others").isFalse();
    }

    @Test
    void aWorkerThatReportsNoSettingsChangesNone() {
        TrainingConfig asked = Stage.config()
                .setPrecision(Precision.FP32)
                .setEvaluation(EvaluationConfig.newBuilder().setMaxNewTokens(7))
                .build();
        assertThat(SettingsInUse.decisive(asked, TrainingConfig.getDefaultInstance()))
                .isEqualTo(asked);
    }

    private static Set<String> with(Set<String> some, String another) {
        Set<String> all = new TreeSet<>(some);
        all.add(another);
        return all;
    }

    /// Returns the paths of all fields without a value. A number or a flag that cannot be absent has one.
    private static Set<String> unset(Message message) {
        Set<String> found = new TreeSet<>();
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            Object value = message.getField(field);
            boolean absent = field.isRepeated()
                    ? message.getRepeatedFieldCount(field) == 0
                    : field.hasPresence()
                            ? !message.hasField(field)
                            : value.equals("")
                                    || value instanceof EnumValueDescriptor constant && constant.getNumber() == 0;
            if (absent) {
                found.add(field.getName());
            } else if (value instanceof Message nested) {
                unset(nested).forEach(name -> found.add(field.getName() + "." + name));
            }
        }
        return found;
    }
}
