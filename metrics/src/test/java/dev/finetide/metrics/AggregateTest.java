package dev.finetide.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.totals.Totals;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AggregateTest {
    @Test
    void macroF1IsThatOfScikitLearn() {
        for (JsonNode golden : Golden.read("labels").get("macro_f1")) {
            double[][] rows = Golden.pairs(golden.get("expected"), golden.get("answered"));

            assertThat(Aggregate.MACRO_F1.value(rows))
                    .isCloseTo(golden.get("macro_f1").asDouble(), within(1e-12));
        }
    }

    @Test
    void calibrationErrorIsThatOfTheReference() {
        for (JsonNode golden : Golden.read("labels").get("ece")) {
            double[][] rows = Golden.pairs(golden.get("confidence"), golden.get("correct"));

            assertThat(Aggregate.ECE.value(rows)).isCloseTo(golden.get("ece").asDouble(), within(1e-12));
        }
    }

    @Test
    void lossIsAMeanOverTokensAndPerplexityItsExponential() {
        double[][] rows = {{6, 2}, {0, 1}, {4, 5}, {0, 0}};

        assertThat(Aggregate.RATIO.value(rows)).isEqualTo(1.25);
        assertThat(Aggregate.PERPLEXITY.value(rows)).isEqualTo(Math.exp(1.25));
    }

    @ParameterizedTest
    @EnumSource
    void aMultiplicityIsTheSameRowSeveralTimes(Aggregate aggregate) {
        double[][] rows = {row(aggregate, 1), row(aggregate, 2), row(aggregate, 3)};
        double[][] spelledOut = {rows[0], rows[2], rows[2], rows[2]};

        assertThat(aggregate.value(rows, new int[] {1, 0, 3})).isCloseTo(aggregate.value(spelledOut), within(1e-9));
    }

    @ParameterizedTest
    @EnumSource
    void rowsThatFailedAreLeftOut(Aggregate aggregate) {
        double[] nan = row(aggregate, 3);
        nan[aggregate.width() - 1] = Double.NaN;
        double[][] rows = {row(aggregate, 1), null, nan, row(aggregate, 2)};
        double[][] measured = {rows[0], rows[3]};

        assertThat(aggregate.value(rows)).isEqualTo(aggregate.value(measured));
    }

    @ParameterizedTest
    @EnumSource
    void noRowsHaveNoNumber(Aggregate aggregate) {
        assertThat(aggregate.value(new double[0][])).isNaN();
        assertThat(aggregate.value(new double[][] {row(aggregate, 1)}, new int[] {0}))
                .isNaN();
        assertThat(aggregate.totals().value()).isNaN();
    }

    @ParameterizedTest
    @EnumSource
    void aRowThatIsTakenOutLeavesNoTrace(Aggregate aggregate) {
        Totals totals = aggregate.totals();
        totals.add(row(aggregate, 1), 1);
        double before = totals.value();
        totals.add(row(aggregate, 5), 1.0 / 3);
        totals.add(row(aggregate, 5), -1.0 / 3);
        assertThat(totals.value()).isCloseTo(before, within(1e-9));
        totals.clear();
        assertThat(totals.value()).isNaN();
    }

    @Test
    void asManyMultiplicitiesAsRowsAreNeeded() {
        assertThatThrownBy(() -> Aggregate.MEAN.value(new double[1][1], new int[2]))
                .hasMessage("1 rows have 2 multiplicities");
    }

    /// Returns statistics that the aggregate may get.
    private static double[] row(Aggregate aggregate, int seed) {
        Random random = new Random(seed);
        double[] row = new double[aggregate.width()];
        switch (aggregate) {
            case YES_NO -> row[0] = random.nextInt(2);
            case MACRO_F1 -> {
                row[0] = random.nextInt(5);
                row[1] = random.nextInt(6) - 1;
            }
            case ECE -> {
                row[0] = random.nextDouble();
                row[1] = random.nextInt(2);
            }
            case MEAN, RATIO, PERPLEXITY, BLEU, CHRF -> {
                for (int i = 0; i < row.length; i++) {
                    row[i] = 1 + random.nextInt(9);
                }
            }
        }
        return row;
    }
}
