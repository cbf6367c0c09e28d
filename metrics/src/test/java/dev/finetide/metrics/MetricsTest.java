package dev.finetide.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetricsTest {
    private static final Settings SCHEMA = new Settings(Optional.of("{\"type\":\"object\"}"));

    @Test
    void everyMetricOfTheClasspathIsFoundByItsName() {
        assertThat(Metrics.all())
                .extracting(Metric::name)
                .containsExactly(
                        "accuracy",
                        "bits_per_byte",
                        "bleu",
                        "call_arguments",
                        "call_match",
                        "call_match_loose",
                        "call_name",
                        "chrf",
                        "ece",
                        "exact_match",
                        "field_f1",
                        "invalid_arguments",
                        "invented_call",
                        "json_schema",
                        "length_ratio",
                        "loss",
                        "macro_f1",
                        "normalized_match",
                        "numeric_match",
                        "perplexity",
                        "rouge_1",
                        "rouge_2",
                        "rouge_l",
                        "throws_always",
                        "token_f1",
                        "unreadable_call",
                        "valid_json");
        assertThat(Metrics.byName("chrf").aggregate()).isEqualTo(Aggregate.CHRF);
    }

    @Test
    void anUnknownMetricIsRefusedWithTheNamesThatThereAre() {
        assertThatThrownBy(() -> Metrics.byName("blue"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "There is no metric blue; there are accuracy, bits_per_byte, bleu, call_arguments");
        assertThatThrownBy(() -> Metrics.chosen(Task.NUMBER, List.of("blue"), Settings.none()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource
    void thePrimaryMetricOfATaskComesFirstAndSuitsIt(Task task) {
        List<Metric> chosen = Metrics.chosen(task, List.of("bleu", "rouge_2"), SCHEMA);

        assertThat(chosen.getFirst().name()).isEqualTo(task.primaryMetric());
        assertThat(chosen.getFirst().suits(task, SCHEMA)).isTrue();
        assertThat(chosen).extracting(Metric::name).doesNotHaveDuplicates().contains("bleu", "rouge_2", "loss");
        assertThat(chosen.subList(1, 3)).extracting(Metric::name).containsExactly("bleu", "rouge_2");
    }

    @Test
    void textsAreMeasuredByWhatIsPredictedAlone() {
        assertThat(Metrics.chosen(Task.TEXT, List.of(), Settings.none()))
                .extracting(Metric::name)
                .containsExactly("loss", "bits_per_byte", "perplexity");
        Answered row = new Answered(
                "\u00e4b",
                "",
                "",
                OptionalDouble.of(3 * Math.log(2)),
                3,
                List.of(),
                OptionalDouble.empty(),
                0,
                2,
                Settings.none());
        assertThat(Metrics.byName("bits_per_byte").measure(row)).containsExactly(3, 3);
    }

    @Test
    void theJsonSchemaIsCheckedOnlyWhereThereIsOne() {
        assertThat(Metrics.chosen(Task.JSON_EXTRACTION, List.of(), SCHEMA))
                .extracting(Metric::name)
                .contains("json_schema");
        assertThat(Metrics.chosen(Task.JSON_EXTRACTION, List.of(), Settings.none()))
                .extracting(Metric::name)
                .doesNotContain("json_schema");
    }

    @Test
    void aMetricThatThrowsOrGivesOtherStatisticsThrows() {
        Answered row = Answered.of("a", "b");

        assertThatThrownBy(() -> Metrics.measure(Metrics.byName("throws_always"), row))
                .hasMessage("not today");
        assertThatThrownBy(() -> Aggregate.CHRF.check(new double[17]))
                .hasMessage("CHRF takes 18 statistics a row, not 17");
        assertThatThrownBy(() -> Aggregate.MEAN.check(null)).hasMessage("MEAN takes 1 statistics a row, not null");
        assertThatThrownBy(() -> Aggregate.YES_NO.check(new double[] {0.5}))
                .hasMessage("YES_NO does not take the statistics [0.5]");
        assertThatThrownBy(() -> Aggregate.MACRO_F1.check(new double[] {-1, 0}))
                .hasMessage("MACRO_F1 does not take the statistics [-1.0, 0.0]");
        assertThatThrownBy(() -> Aggregate.ECE.check(new double[] {1.1, 0})).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> Aggregate.RATIO.check(new double[] {1, Double.POSITIVE_INFINITY}))
                .hasMessage("RATIO takes no infinite statistic");
        Aggregate.RATIO.check(new double[] {Double.NaN, 1});
    }
}
