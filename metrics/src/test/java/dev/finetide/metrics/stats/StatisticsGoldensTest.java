package dev.finetide.metrics.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.Golden;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class StatisticsGoldensTest {
    private static final JsonNode GOLDEN = Golden.read("statistics");
    private static final Offset<Double> DIGITS = within(1e-9);

    @Test
    void wilsonsIntervalIsThatOfStatsmodels() {
        for (JsonNode golden : GOLDEN.get("wilson")) {
            check(
                    Wilson.interval(
                            golden.get("successes").asInt(), golden.get("rows").asInt()),
                    golden);
        }
    }

    @Test
    void theExactMcNemarTestIsThatOfStatsmodels() {
        for (JsonNode golden : GOLDEN.get("pairs")) {
            assertThat(rates(golden).pValue())
                    .as(golden.toString())
                    .isCloseTo(golden.get("p").asDouble(), DIGITS);
        }
    }

    @Test
    void newcombesIntervalIsThatOfTheReference() {
        for (JsonNode golden : GOLDEN.get("pairs")) {
            check(rates(golden).interval(), golden);
        }
    }

    @Test
    void newcombesIntervalOfUncorrelatedPairsIsThatOfIndependentSamples() {
        for (JsonNode golden : GOLDEN.get("independent")) {
            check(rates(golden).interval(), golden);
        }
    }

    /// The numbers stand in Newcombe 1998, table III, and in Fagerland, Lydersen and Laake 2014,
    /// table IV.
    @Test
    void newcombesIntervalIsThatOfPublishedExamples() {
        Interval newcombe = new PairedRates(36, 12, 2, 0).interval();
        Interval fagerland = new PairedRates(1, 1, 7, 12).interval();

        assertThat(newcombe.low()).isCloseTo(0.0569, within(5e-5));
        assertThat(newcombe.high()).isCloseTo(0.3404, within(5e-5));
        assertThat(fagerland.low()).isCloseTo(-0.507, within(5e-4));
        assertThat(fagerland.high()).isCloseTo(-0.026, within(5e-4));
    }

    @Test
    void theBcaIntervalIsThatOfScipy() {
        for (JsonNode golden : GOLDEN.get("bca")) {
            double[] data = Golden.numbers(golden.get("data"));
            double sum = Arrays.stream(data).sum();
            double[] jackknife = Arrays.stream(data)
                    .map(value -> (sum - value) / (data.length - 1))
                    .toArray();
            Bca bca = new Bca(
                    sum / data.length, Golden.numbers(golden.get("draws")), jackknife, Double.POSITIVE_INFINITY);

            for (JsonNode interval : golden.get("intervals")) {
                check(bca.interval(interval.get("alpha").asDouble()), interval);
            }
        }
    }

    @Test
    void holmsCorrectionIsThatOfStatsmodels() {
        for (JsonNode golden : GOLDEN.get("holm")) {
            assertThat(Holm.adjust(Golden.numbers(golden.get("p"))))
                    .containsExactly(Golden.numbers(golden.get("adjusted")), DIGITS);
        }
    }

    @Test
    void thePowerOfMeansIsThatOfStatsmodels() {
        for (JsonNode golden : GOLDEN.get("power")) {
            long rows = golden.get("rows").asLong();
            double deviation = golden.get("deviation").asDouble();

            double difference = Power.detectableDifference(rows, deviation);

            assertThat(difference).isCloseTo(golden.get("difference").asDouble(), within(1e-5));
            assertThat(Power.rowsNeeded(difference + 1e-9, deviation)).hasValue(rows);
        }
    }

    private static PairedRates rates(JsonNode golden) {
        JsonNode table = golden.get("table");
        return new PairedRates(
                table.get(0).asInt(),
                table.get(1).asInt(),
                table.get(2).asInt(),
                table.get(3).asInt());
    }

    private static void check(Interval interval, JsonNode golden) {
        assertThat(interval.low())
                .as(golden.toString())
                .isCloseTo(golden.get("low").asDouble(), DIGITS);
        assertThat(interval.high())
                .as(golden.toString())
                .isCloseTo(golden.get("high").asDouble(), DIGITS);
    }
}
