package dev.finetide.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.text.RougeWords;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OverlapGoldensTest {
    private static final JsonNode GOLDEN = Golden.read("overlap");

    @ParameterizedTest
    @ValueSource(strings = {"rouge_1", "rouge_2", "rouge_l", "bleu", "chrf"})
    void everyRowHasTheNumberOfTheReferenceImplementation(String name) {
        List<String> offences = new ArrayList<>();
        for (JsonNode row : GOLDEN.get("rows")) {
            boolean otherScript = RougeWords.of(row.get("expected").asText()).isEmpty();
            if (name.startsWith("rouge") && otherScript) {
                continue;
            }
            double ours = value(name, List.of(row));
            if (!(Math.abs(ours - row.get(name).asDouble()) < 1e-9)) {
                offences.add(row + " but " + ours);
            }
        }
        assertThat(offences).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bleu", "chrf"})
    void everyCorpusHasTheNumberOfSacrebleu(String name) {
        for (JsonNode corpus : GOLDEN.get("corpora")) {
            List<JsonNode> rows = new ArrayList<>();
            corpus.get("rows").forEach(row -> rows.add(GOLDEN.get("rows").get(row.asInt())));

            assertThat(value(name, rows)).isCloseTo(corpus.get(name).asDouble(), within(1e-9));
        }
    }

    @Test
    void shortAnswersAreComparedAsInTheEvaluationOfSquad() {
        for (JsonNode row : GOLDEN.get("squad")) {
            assertThat(value("normalized_match", List.of(row)))
                    .as(row.toString())
                    .isEqualTo(row.get("match").asDouble());
            assertThat(value("token_f1", List.of(row)))
                    .as(row.toString())
                    .isCloseTo(row.get("f1").asDouble(), within(1e-12));
        }
    }

    @Test
    void rougeComparesScriptsThatRougeScoreDoesNotKnow() {
        assertThat(rougeL("我们明天去北京", "我们明天去北京")).isEqualTo(1);
        assertThat(rougeL("我们明天去北京", "我们后天去上海")).isCloseTo(4.0 / 7, within(1e-12));
        assertThat(rougeL("Поезд прибывает в семь", "поезд приходит в семь!")).isEqualTo(0.75);
        assertThat(rougeL("?!", "?!")).isZero();
    }

    private static double rougeL(String expected, String answer) {
        return Metrics.measure(Metrics.byName("rouge_l"), Answered.of(expected, answer))[0];
    }

    private static double value(String name, List<JsonNode> rows) {
        Metric metric = Metrics.byName(name);
        return metric.aggregate()
                .value(rows.stream()
                        .map(row -> Answered.of(
                                row.get("expected").asText(), row.get("answer").asText()))
                        .map(row -> Metrics.measure(metric, row))
                        .toArray(double[][]::new));
    }
}
