package dev.finetide.metrics.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.metrics.Aggregate;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Simulates evaluations whose true numbers are known, and counts how often the 95 % interval holds
/// the true number.
class CoverageTest {
    private static final int DRAWS = 2_000;

    @ParameterizedTest
    @CsvSource({"20, 0.5", "20, 0.9", "50, 0.05", "150, 0.3", "150, 0.98"})
    void wilsonsIntervalHoldsTheRate(int rows, double rate) {
        Random random = new Random(1);

        double coverage = share(10_000, i -> {
            int successes = 0;
            for (int row = 0; row < rows; row++) {
                successes += random.nextDouble() < rate ? 1 : 0;
            }
            return Wilson.interval(successes, rows).contains(rate);
        });

        assertThat(coverage).isBetween(0.93, 0.985);
    }

    /// Both arms depend on how difficult a row is, and so on each other.
    @ParameterizedTest
    @CsvSource({"20, 0.6, 0.6", "50, 0.9, 0.7", "150, 0.95, 0.9", "150, 0.5, 0.3", "30, 0.1, 0.05"})
    void newcombesIntervalHoldsTheDifferenceOfRates(int rows, double easyRate, double otherRate) {
        Random random = new Random(2);
        double shared = 0.6;

        double coverage = share(10_000, i -> {
            int[] table = new int[4];
            for (int row = 0; row < rows; row++) {
                double luck = random.nextDouble();
                boolean inA = (random.nextDouble() < shared ? luck : random.nextDouble()) < easyRate;
                boolean inB = (random.nextDouble() < shared ? luck : random.nextDouble()) < otherRate;
                table[(inA ? 0 : 2) + (inB ? 0 : 1)]++;
            }
            return new PairedRates(table[0], table[1], table[2], table[3])
                    .interval()
                    .contains(easyRate - otherRate);
        });

        assertThat(coverage).isBetween(0.94, 0.995);
    }

    @ParameterizedTest
    @CsvSource({"12, 1", "40, 1", "100, 2"})
    void theBcaIntervalHoldsTheMeanOfSkewedRows(int rows, int power) {
        Random random = new Random(3);
        Bootstrap bootstrap = new Bootstrap(3, DRAWS);
        double truth = 1.0 / (power + 1);

        double coverage = share(
                1_000,
                i -> Sample.of(Aggregate.MEAN, true, statistics(rows, random, power), bootstrap)
                        .interval()
                        .contains(truth));

        assertThat(coverage).isBetween(0.93, 0.975);
    }

    @Test
    void theBcaIntervalHoldsARatioOfSums() {
        Random random = new Random(4);
        Bootstrap bootstrap = new Bootstrap(4, DRAWS);

        double coverage = share(1_000, i -> {
            double[][] rows = new double[80][];
            for (int row = 0; row < rows.length; row++) {
                int tokens = 1 + random.nextInt(20);
                rows[row] = new double[] {tokens * -Math.log(1 - random.nextDouble()), tokens};
            }
            return Sample.of(Aggregate.RATIO, false, rows, bootstrap).interval().contains(1);
        });

        assertThat(coverage).isBetween(0.92, 0.975);
    }

    @Test
    void thePairedBcaIntervalHoldsTheDifferenceAndCallsNoiseDifferentInOneOfTwenty() {
        Random random = new Random(5);
        Bootstrap bootstrap = new Bootstrap(5, DRAWS);
        int[] held = new int[1];

        double called = share(1_000, i -> {
            double[][] a = new double[60][];
            double[][] b = new double[60][];
            for (int row = 0; row < a.length; row++) {
                double common = random.nextDouble();
                a[row] = new double[] {common * random.nextDouble()};
                b[row] = new double[] {common * random.nextDouble()};
            }
            Comparison comparison = Comparison.of(
                    Sample.of(Aggregate.MEAN, true, a, bootstrap), Sample.of(Aggregate.MEAN, true, b, bootstrap));
            held[0] += comparison.interval().contains(0) ? 1 : 0;
            return comparison.pValue() < 0.05;
        });

        assertThat(held[0] / 1_000.0).isBetween(0.915, 0.97);
        assertThat(called).isBetween(0.03, 0.085);
    }

    @Test
    void soManyRowsShowTheirDetectableDifferenceInFourOfFive() {
        Random random = new Random(6);
        Bootstrap bootstrap = new Bootstrap(6, DRAWS);
        double difference = Power.detectableDifference(100, 1);

        double shown = share(500, i -> {
            double[][] a = new double[100][];
            double[][] b = new double[100][];
            for (int row = 0; row < a.length; row++) {
                double common = random.nextGaussian();
                a[row] = new double[] {common + difference + random.nextGaussian() * Math.sqrt(0.5)};
                b[row] = new double[] {common + random.nextGaussian() * Math.sqrt(0.5)};
            }
            return Comparison.of(
                                    Sample.of(Aggregate.MEAN, true, a, bootstrap),
                                    Sample.of(Aggregate.MEAN, true, b, bootstrap))
                            .pValue()
                    < 0.05;
        });

        assertThat(shown).isBetween(0.72, 0.85);
    }

    @Test
    void soManyRowsShowTheirDetectableDifferenceOfRatesInAboutFourOfFive() {
        Random random = new Random(7);
        double difference = Power.detectableRateDifference(400, 0.2);

        double shown = share(5_000, i -> {
            int onlyA = 0;
            int onlyB = 0;
            for (int row = 0; row < 400; row++) {
                double luck = random.nextDouble();
                onlyA += luck < (0.2 + difference) / 2 ? 1 : 0;
                onlyB += luck > 1 - (0.2 - difference) / 2 ? 1 : 0;
            }
            return new PairedRates(400 - onlyA - onlyB, onlyA, onlyB, 0).pValue() < 0.05;
        });

        // The exact test is a little more careful than the formula.
        assertThat(shown).isBetween(0.74, 0.82);
    }

    private static double[][] statistics(int rows, Random random, int power) {
        double[][] statistics = new double[rows][];
        for (int row = 0; row < rows; row++) {
            statistics[row] = new double[] {Math.pow(random.nextDouble(), power)};
        }
        return statistics;
    }

    private static double share(int runs, Function<Integer, Boolean> run) {
        int count = 0;
        for (int i = 0; i < runs; i++) {
            count += run.apply(i) ? 1 : 0;
        }
        return (double) count / runs;
    }
}
