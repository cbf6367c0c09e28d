package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.AnswerRule;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Metrics;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextRow;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RowMeasuresTest {
    /// A user's metric that fails on some answers and has no number for others.
    private record Moody() implements Metric {
        @Override
        public String name() {
            return "moody";
        }

        @Override
        public Aggregate aggregate() {
            return Aggregate.MEAN;
        }

        @Override
        public boolean suits(Task task, Settings settings) {
            return false;
        }

        @Override
        public double[] measure(Answered row) {
            return switch (row.answer()) {
                case "secret" -> throw new UnsupportedOperationException("cannot bear " + row.answer());
                case "endless" -> throw new StackOverflowError();
                case "none" -> new double[] {Double.NaN};
                case "two" -> new double[] {1, 2};
                default -> new double[] {0.25};
            };
        }
    }

    private static Measuring measuring(Optional<String> pattern, Metric... metrics) {
        return new Measuring(
                Task.SHORT_ANSWER,
                "declared",
                List.of(),
                List.of(metrics),
                AnswerRule.of(Task.SHORT_ANSWER, List.of(), pattern),
                Settings.none(),
                CallConvention.PLAIN_JSON);
    }

    private static Reply reply(String output) {
        return new Reply(output, OptionalDouble.empty(), OptionalDouble.of(6), 3, 10, 4, 4, 1, 0.5, false);
    }

    private static ExampleResult measured(Measuring measuring, String expected, String output) {
        ExampleResult.Builder result = ExampleResult.newBuilder();
        new RowMeasures(measuring).measure(expected, reply(output), 2, _ -> RowCalls.unknown(), result);
        return result.build();
    }

    @Test
    void aMetricThatFailsMarksTheRowWithoutATextOfIt() {
        Measuring measuring = measuring(Optional.empty(), new Moody(), Metrics.byName("exact_match"));

        ExampleResult failed = measured(measuring, "secret", "secret");

        assertThat(failed.getMetricErrorsMap())
                .containsOnlyKeys("moody")
                .containsValue("UnsupportedOperationException");
        assertThat(failed.getScoresMap()).containsOnlyKeys("exact_match");
        assertThat(measured(measuring, "a", "endless").getMetricErrorsMap()).containsValue("StackOverflowError");
        assertThat(measured(measuring, "a", "two").getMetricErrorsMap()).containsValue("IllegalArgumentException");
        assertThat(measured(measuring, "a", "none").getMetricErrorsMap()).isEmpty();
        assertThat(measured(measuring, "a", "none").getScoresMap()).doesNotContainKey("moody");
        assertThat(measured(measuring, "a", "b").getScoresMap()).containsEntry("moody", 0.25);
    }

    @Test
    void scoresAreOfTheRowAloneAndStatisticsStandWhereAMeanIsNotEnough() {
        ExampleResult result = measured(
                measuring(
                        Optional.empty(),
                        Metrics.byName("exact_match"),
                        Metrics.byName("token_f1"),
                        Metrics.byName("perplexity"),
                        Metrics.byName("length_ratio")),
                "the red parcel",
                " red parcel");

        assertThat(result.getScoresOrThrow("exact_match")).isZero();
        assertThat(result.getScoresOrThrow("token_f1")).isBetween(0.7, 1.0);
        assertThat(result.getScoresOrThrow("perplexity")).isCloseTo(Math.exp(2), within(1e-9));
        assertThat(result.getScoresOrThrow("length_ratio")).isEqualTo(2);
        assertThat(result.getStatisticsMap()).containsOnlyKeys("perplexity", "length_ratio");
        assertThat(result.getStatisticsOrThrow("perplexity").getValuesList()).containsExactly(6.0, 3.0);
        assertThat(result.getNll()).isEqualTo(6);
        assertThat(result.getTokens()).isEqualTo(3);
    }

    @Test
    void theAnswerIsCutOutByTheRuleAndShownIfItIsNotTheOutput() {
        Measuring measuring = measuring(Optional.of("answer: (\\w+)"), Metrics.byName("exact_match"));

        ExampleResult cut = measured(measuring, "red", "I think the answer: red!");

        assertThat(cut.getAnswer()).isEqualTo("red");
        assertThat(cut.getScoresOrThrow("exact_match")).isEqualTo(1);
        assertThat(measured(measuring, "red", "blue").hasAnswer()).isFalse();
    }

    @Test
    void aRuleThatTakesTooLongMarksTheRowForEveryMetric() {
        Measuring measuring = measuring(Optional.of("(a+)+$"), Metrics.byName("exact_match"), new Moody());

        ExampleResult result = measured(measuring, "red", "a".repeat(5000) + "!");

        assertThat(result.getScoresMap()).isEmpty();
        assertThat(result.getMetricErrorsMap()).containsOnlyKeys("exact_match", "moody");
    }

    @Test
    void thePrimaryMetricOfManyRowsIsThatOfTheCorpus() {
        Measuring loss = measuring(Optional.empty(), Metrics.byName("loss"));
        RowMeasures measures = new RowMeasures(loss);
        ExampleResult.Builder one = ExampleResult.newBuilder();
        ExampleResult.Builder other = ExampleResult.newBuilder();
        measures.measure("a", reply("a"), 1, _ -> RowCalls.unknown(), one);
        measures.measure(
                "a",
                new Reply("a", OptionalDouble.empty(), OptionalDouble.of(1), 1, 1, 1, 1, 1, 1, false),
                1,
                _ -> RowCalls.unknown(),
                other);

        assertThat(measures.primary(List.of(one.build(), other.build()))).isCloseTo(7 / 4.0, within(1e-12));
        assertThat(measures.primary(List.of())).isNaN();
        RowMeasures exact = new RowMeasures(measuring(Optional.empty(), Metrics.byName("exact_match")));
        assertThat(exact.primary(List.of(
                        ExampleResult.newBuilder().putScores("exact_match", 1).build(),
                        ExampleResult.newBuilder().putScores("exact_match", 0).build(),
                        ExampleResult.newBuilder()
                                .putMetricErrors("exact_match", "Bad")
                                .build())))
                .isEqualTo(0.5);
    }

    @Test
    void callsAreScoredByTheirValuesInTheFormOfTheTemplate() {
        TextRow row = TextRow.parse("""
                {"messages": [{"role": "user", "content": "Weather in Oslo?"},
                 {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function",
                  "function": {"name": "weather", "arguments": "{\\"city\\": \\"Oslo\\", \\"days\\": 2}"}}]}],
                 "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object",
                  "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 2}},
                  "required": ["city"]}}}]}""");
        Measuring measuring = Measuring.of(
                EvaluationConfig.getDefaultInstance(),
                Collections.nCopies(20, "Weather in Oslo?"),
                Collections.nCopies(20, RowTexts.answer(row)),
                20,
                CallConvention.HERMES);
        PromptedRow prompted = new PromptedRow(0, row, null, 0);
        String right = "Sure. <tool_call>\n{\"arguments\": {\"city\": \"Oslo\"}, \"name\": \"weather\"}\n</tool_call>";

        assertThat(measuring.task()).isEqualTo(Task.FUNCTION_CALLS);
        assertThat(scores(measuring, prompted, right))
                .containsEntry("call_match", 1.0)
                .containsEntry("invented_call", 0.0);
        assertThat(scores(measuring, prompted, right.replace("Oslo", "Bergen"))).containsEntry("call_match", 0.0);
        assertThat(scores(measuring, prompted.accepting(Map.of("acceptable", """
                [{"weather": {"city": ["Bergen", "Oslo"], "days": ["", 2]}}]""")), right.replace("Oslo", "Bergen")))
                .containsEntry("call_match", 1.0);
        assertThat(scores(measuring, prompted, right.replace("weather", "forecast")))
                .containsEntry("call_match", 0.0)
                .containsEntry("invented_call", 1.0);
        assertThat(scores(measuring, prompted, "It rains.")).containsEntry("call_match", 0.0);
    }

    private static Map<String, Double> scores(Measuring measuring, PromptedRow row, String output) {
        ExampleResult.Builder result = ExampleResult.newBuilder();
        new RowMeasures(measuring).measure("", reply(output), 2, row::calls, result);
        assertThat(result.getMetricErrorsMap()).isEmpty();
        return result.getScoresMap();
    }
}
