package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.EvaluationData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EvaluationInputsTest {
    private static CausalLm base;

    @BeforeAll
    static void load() {
        base = CausalLm.load(Path.of("../demo/base"), EngineOptions.defaults().withThreads(1));
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static List<SourcedRow> rows(String question, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> SourcedRow.parse("{\"prompt\":\"%s %d\",\"completion\":\"%s\"}"
                        .formatted(question, i, i % 2 == 0 ? "late" : "lost")))
                .toList();
    }

    private static EvaluationInputs read(
            Map<String, List<SourcedRow>> splits, String asked, TrainingConfig.Builder config) {
        WorkerSpec spec = WorkerSpec.newBuilder()
                .setDatasetVersion(DatasetVersion.newBuilder().setName("projects/p/datasets/d/versions/1"))
                .setEvaluate(EvaluateTask.newBuilder().setSplit(asked).setConfig(config))
                .build();
        return EvaluationInputs.read(
                (split, limit) -> splits.getOrDefault(split, List.of()).stream()
                        .limit(limit == 0 ? Long.MAX_VALUE : limit)
                        .toList(),
                base,
                spec,
                new Progress());
    }

    @Test
    void theReportSaysWhatTheRowsAre() {
        TrainingConfig.Builder config = TrainingConfig.newBuilder();
        config.getEvaluationBuilder().setMaxRows(3);

        EvaluationInputs inputs = read(Map.of("train", rows("train", 20), "test", rows("test", 9)), "test", config);

        EvaluationRows report = inputs.report();
        assertThat(report.getRows()).isEqualTo(3);
        assertThat(report.getTask()).isEqualTo(Task.CLASSIFICATION);
        assertThat(report.getLabelsList()).containsExactly("late", "lost");
        assertThat(report.getMetrics(0).getName()).isEqualTo("accuracy");
        assertThat(report.getData().getTrainRows()).isEqualTo(20);
        assertThat(report.getMaxNewTokens())
                .isEqualTo(inputs.data().maxNewTokens())
                .isPositive();
        assertThat(inputs.data().rows()).isEqualTo(rows("test", 3));
    }

    @Test
    void repliesMayBeLongerThanAnswersUnlessTheUserLimitsThem() {
        Map<String, List<SourcedRow>> splits = Map.of("train", rows("train", 20), "test", rows("test", 9));
        EvaluationData usual = read(splits, "test", TrainingConfig.newBuilder()).data();
        assertThat(usual.talkTokens()).isEqualTo(48);
        TrainingConfig.Builder limited = TrainingConfig.newBuilder();
        limited.getEvaluationBuilder().setMaxNewTokens(usual.maxNewTokens() + 1);
        assertThat(read(splits, "test", limited).data().talkTokens()).isZero();
        TrainingConfig.Builder whole = TrainingConfig.newBuilder();
        whole.getEvaluationBuilder().setTask(Task.FREE_TEXT);
        assertThat(read(splits, "test", whole).data().talkTokens()).isZero();
        whole.getEvaluationBuilder().setTask(Task.NUMBER);
        assertThat(read(splits, "test", whole).data().talkTokens()).isEqualTo(160);
        whole.getEvaluationBuilder().setTask(Task.FREE_TEXT).setAnswerPattern("=(.*)");
        assertThat(read(splits, "test", whole).data().talkTokens()).isEqualTo(48);
    }

    @Test
    void anEmptySplitIsNamed() {
        assertThatThrownBy(() -> read(Map.of("train", rows("a", 4)), "", TrainingConfig.newBuilder()))
                .isInstanceOf(WorkerFailure.class)
                .hasMessage("the test split of projects/p/datasets/d/versions/1 has no rows");
    }

    @Test
    void aRowWithoutAnExpectedAnswerIsNamed() {
        List<SourcedRow> blank = List.of(
                SourcedRow.parse("{\"prompt\":\"a\",\"completion\":\" \",\"source\":{\"file\":\"test\",\"line\":7}}"));
        assertThatThrownBy(
                        () -> read(Map.of("train", rows("a", 4), "test", blank), "test", TrainingConfig.newBuilder()))
                .isInstanceOf(WorkerFailure.class)
                .hasMessageStartingWith("line 7 of the test file: messages[1]: the answer has no token");
    }

    @Test
    void promptingsAreNotTriedOnTheRowsThatAreAsked() {
        Map<String, List<SourcedRow>> splits =
                Map.of("train", rows("train", 9), "validation", rows("validation", 4), "test", rows("test", 2));
        assertThat(read(splits, "test", TrainingConfig.newBuilder()).data().validation())
                .hasSize(4);
        EvaluationInputs validation = read(splits, "validation", TrainingConfig.newBuilder());
        assertThat(validation.data().validation()).isEmpty();
        assertThat(validation.data().rows()).hasSize(4);
    }

    @Test
    void rowsThatAreLeftOutOfTrainingAreNoExamples() {
        List<SourcedRow> train = new ArrayList<>(rows("train", 5));
        train.add(SourcedRow.parse("{\"prompt\":\"a\",\"completion\":\" \"}"));
        Map<String, List<SourcedRow>> splits = Map.of("train", train, "test", rows("test", 2));
        assertThat(read(splits, "test", TrainingConfig.newBuilder().addLeaveOut(RowFinding.EMPTY_ANSWER))
                        .data()
                        .train())
                .hasSize(5);
    }

    @Test
    void rowsThatAreAllTextAreMeasuredByTheirLoss() {
        List<SourcedRow> texts = IntStream.range(0, 4)
                .mapToObj(i -> SourcedRow.parse("{\"text\":\"The parcel %d is late.\"}".formatted(i)))
                .toList();
        Map<String, List<SourcedRow>> splits = Map.of("train", texts, "abroad", texts.subList(0, 2));

        EvaluationRows report =
                read(splits, "abroad", TrainingConfig.newBuilder()).report();

        assertThat(report.getTask()).isEqualTo(Task.TEXT);
        assertThat(report.getRows()).isEqualTo(2);
        assertThat(report.getMetricsList())
                .extracting(MetricInfo::getName)
                .containsExactly("loss", "bits_per_byte", "perplexity");
        assertThat(report.getData().getDistinctInputs()).isEqualTo(4);
        TrainingConfig.Builder classes = TrainingConfig.newBuilder();
        classes.getEvaluationBuilder().setTask(Task.CLASSIFICATION);
        assertThatThrownBy(() -> read(splits, "abroad", classes)).hasMessageContaining("expected TEXT");
    }
}
