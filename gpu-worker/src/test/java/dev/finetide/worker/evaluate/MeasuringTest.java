package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.metrics.Metric;
import dev.finetide.proto.evaluation.v1.Aggregate;
import dev.finetide.proto.evaluation.v1.EvaluationRows;
import dev.finetide.proto.evaluation.v1.MetricInfo;
import dev.finetide.proto.evaluation.v1.Task;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MeasuringTest {
    private static final List<String> QUESTIONS =
            IntStream.range(0, 40).mapToObj(i -> "Where is parcel " + i + "?").toList();
    private static final List<String> LABELS =
            IntStream.range(0, 40).mapToObj(i -> i % 4 == 0 ? "lost" : "late").toList();

    private static Measuring measuring(EvaluationConfig.Builder config, List<String> answers) {
        return Measuring.of(config.build(), QUESTIONS, answers);
    }

    @Test
    void theTrainAnswersShowTheTask() {
        Measuring measuring = measuring(EvaluationConfig.newBuilder(), LABELS);
        EvaluationRows report = measuring.report().build();

        assertThat(report.getTask()).isEqualTo(Task.CLASSIFICATION);
        assertThat(report.getTaskReason()).contains("40 train answers");
        assertThat(report.getLabelsList()).as("most frequent first").containsExactly("late", "lost");
        assertThat(report.getMetrics(0))
                .isEqualTo(MetricInfo.newBuilder()
                        .setName("accuracy")
                        .setHigherIsBetter(true)
                        .setAggregate(Aggregate.YES_NO)
                        .build());
        assertThat(report.getMetricsList()).extracting(MetricInfo::getName).contains("macro_f1", "loss", "ece");
    }

    @Test
    void aDeclaredTaskAndMetricsGoBeforeTheDetectedOnes() {
        Measuring measuring = measuring(
                EvaluationConfig.newBuilder()
                        .setTask(Task.SHORT_ANSWER)
                        .setPrimaryMetric("token_f1")
                        .addMoreMetrics("chrf"),
                LABELS);

        assertThat(measuring.reason()).isEqualTo("declared");
        assertThat(measuring.labels()).isEmpty();
        assertThat(measuring.primary().name()).isEqualTo("token_f1");
        assertThat(measuring.metrics())
                .extracting(Metric::name)
                .contains("chrf", "normalized_match")
                .doesNotHaveDuplicates();
    }

    @Test
    void everyAnswerOfADeclaredClassificationIsALabel() {
        Measuring measuring = measuring(EvaluationConfig.newBuilder().setTask(Task.CLASSIFICATION), QUESTIONS);
        assertThat(measuring.labels()).containsExactlyInAnyOrderElementsOf(QUESTIONS);
    }

    @Test
    void aSettingThatCannotBeIsNamed() {
        assertThatThrownBy(() -> measuring(EvaluationConfig.newBuilder().setPrimaryMetric("beauty"), LABELS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("evaluation.primary_metric: ")
                .hasMessageContaining("beauty")
                .hasMessageContaining("exact_match");
        assertThatThrownBy(() -> measuring(EvaluationConfig.newBuilder().addMoreMetrics("beauty"), LABELS))
                .hasMessageStartingWith("evaluation.more_metrics: ");
        assertThatThrownBy(() -> measuring(EvaluationConfig.newBuilder().setAnswerPattern("(a"), LABELS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("evaluation.answer_pattern: ");
        assertThatThrownBy(() -> measuring(EvaluationConfig.newBuilder().setJsonSchema("{\"type\":"), LABELS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("evaluation.json_schema: ");
    }
}
