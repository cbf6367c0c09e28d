package dev.finetide.metrics.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.stats.Comparison.Verdict;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ComparisonTest {
    private final Bootstrap bootstrap = new Bootstrap(1);

    @Test
    void ratesAreComparedByTheRowsInWhichTheyDiffer() {
        Comparison comparison = compare(Aggregate.YES_NO, repeat(36, 1, 12, 1, 2, 0), repeat(36, 1, 12, 0, 2, 1));

        assertThat(comparison.test()).isEqualTo(Comparison.Test.MCNEMAR);
        assertThat(comparison.difference()).isCloseTo(0.2, within(1e-12));
        assertThat(comparison.interval()).isEqualTo(new PairedRates(36, 12, 2, 0).interval());
        assertThat(comparison.pValue()).isCloseTo(0.012939453125, within(1e-12));
        assertThat(comparison.won()).isEqualTo(12);
        assertThat(comparison.lost()).isEqualTo(2);
        assertThat(comparison.tied()).isEqualTo(36);
        assertThat(comparison.spread()).isEqualTo(0.28);
        assertThat(comparison.verdict(comparison.pValue())).isEqualTo(Verdict.BETTER);
        assertThat(comparison.verdict(0.06)).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
    }

    @Test
    void theOtherOrderGivesTheOppositeNumbers() {
        double[] x = noise(7, 80, 0.2);
        double[] y = noise(8, 80, 0);
        Comparison one = compare(Aggregate.MEAN, x, y);
        Comparison other = compare(Aggregate.MEAN, y, x);

        assertThat(other.difference()).isEqualTo(-one.difference());
        assertThat(other.interval().low()).isCloseTo(-one.interval().high(), within(1e-9));
        assertThat(other.interval().high()).isCloseTo(-one.interval().low(), within(1e-9));
        assertThat(other.pValue()).isCloseTo(one.pValue(), within(1e-6));
        assertThat(other.won()).isEqualTo(one.lost());
    }

    @Test
    void aSmallerNumberIsBetterWhereTheMetricSaysSo() {
        double[][] low = statistics(2, 40, i -> new double[] {1 + i % 3, 10});
        double[][] high = statistics(2, 40, i -> new double[] {3 + i % 5, 10});
        Comparison comparison = Comparison.of(
                Sample.of(Aggregate.RATIO, false, low, bootstrap), Sample.of(Aggregate.RATIO, false, high, bootstrap));

        assertThat(comparison.difference()).isNegative();
        assertThat(comparison.won()).isGreaterThan(comparison.lost());
        assertThat(comparison.verdict(comparison.pValue())).isEqualTo(Verdict.BETTER);
    }

    @Test
    void rowsThatFailedInOneArmAreLeftOutOfBoth() {
        double[][] a = column(noise(1, 60, 0));
        double[][] b = column(noise(2, 60, 0));
        a[3] = null;
        b[5] = new double[] {Double.NaN};
        b[3] = null;
        double[][] keptOfA = without(a, 3, 5);
        double[][] keptOfB = without(b, 3, 5);

        Comparison comparison = compare(Aggregate.MEAN, a, b);

        assertThat(comparison.leftOut()).isEqualTo(2);
        assertThat(comparison.rows()).isEqualTo(58);
        Comparison kept = compare(Aggregate.MEAN, keptOfA, keptOfB);
        assertThat(comparison.difference()).isEqualTo(kept.difference());
        assertThat(comparison.interval()).isEqualTo(kept.interval());
        assertThat(comparison.pValue()).isEqualTo(kept.pValue());
    }

    @ParameterizedTest
    @EnumSource
    void noCommonRowsTellNothing(Aggregate aggregate) {
        Comparison comparison = compare(aggregate, new double[1][], new double[1][]);

        assertThat(comparison.difference()).isNaN();
        assertThat(comparison.interval()).isEqualTo(Interval.UNKNOWN);
        assertThat(comparison.pValue()).isEqualTo(1);
        assertThat(comparison.leftOut()).isEqualTo(1);
        assertThat(comparison.rows()).isZero();
        assertThat(comparison.verdict(1)).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
        assertThat(comparison.detectableDifference()).isNaN();
        assertThat(comparison.rowsNeeded()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void oneRowTellsNothing(Aggregate aggregate) {
        double[] zeros = new double[aggregate.width()];
        double[] ones = new double[aggregate.width()];
        Arrays.fill(zeros, 0);
        Arrays.fill(ones, 1);
        Comparison comparison = compare(aggregate, new double[][] {ones}, new double[][] {zeros});

        assertThat(comparison.pValue()).isEqualTo(1);
        assertThat(comparison.interval().excludesZero()).isFalse();
        assertThat(comparison.verdict(0)).isEqualTo(Verdict.NOT_DISTINGUISHABLE);
    }

    @ParameterizedTest
    @EnumSource
    void equalArmsAreNotDistinguishable(Aggregate aggregate) {
        double[][] rows = statistics(aggregate.width(), 30, i -> {
            double[] row = new double[aggregate.width()];
            Arrays.fill(row, i % 2);
            return row;
        });
        Comparison comparison = compare(aggregate, rows, rows.clone());

        assertThat(comparison.difference()).isZero();
        assertThat(comparison.pValue()).isEqualTo(1);
        assertThat(comparison.interval().contains(0)).isTrue();
        assertThat(comparison.tied()).isEqualTo(30);
        assertThat(comparison.rowsNeeded()).isEmpty();
    }

    @Test
    void fewDifferingRowsNeverTellMoreThanASignTest() {
        double[] zeros = new double[100];
        double[] five = new double[100];
        double[] six = new double[100];
        Arrays.fill(five, 0, 5, 1);
        Arrays.fill(six, 0, 6, 1);

        Comparison ofFive = compare(Aggregate.MEAN, five, zeros);
        Comparison ofSix = compare(Aggregate.MEAN, six, zeros);

        assertThat(ofFive.pValue()).isEqualTo(0.0625);
        assertThat(ofFive.interval().low()).isLessThanOrEqualTo(0);
        assertThat(ofSix.pValue()).isEqualTo(0.03125);
        assertThat(ofSix.interval().excludesZero()).isTrue();
        Comparison ofFewRows = compare(Aggregate.MEAN, new double[] {1, 1, 1, 1, 1}, new double[5]);
        assertThat(ofFewRows.interval()).isEqualTo(Interval.UNKNOWN);
        assertThat(ofFewRows.pValue()).isEqualTo(1);
    }

    @Test
    void thePValueIsBelow5PercentWhereTheIntervalExcludes0() {
        int excluded = 0;
        for (int seed = 0; seed < 60; seed++) {
            Comparison comparison = compare(Aggregate.MEAN, noise(seed, 30, 0.1), noise(1_000 + seed, 30, 0));
            assertThat(comparison.interval().excludesZero()).isEqualTo(comparison.pValue() < 0.05);
            excluded += comparison.interval().excludesZero() ? 1 : 0;
        }
        assertThat(excluded).isBetween(5, 55);
    }

    @Test
    void thePValueNeverIsSmallerThanSoManyDrawsCanTell() {
        Comparison comparison = compare(Aggregate.MEAN, noise(1, 200, 5), noise(2, 200, 0));

        assertThat(comparison.pValue()).isEqualTo(2.0 / (Bootstrap.DRAWS + 1));
    }

    @Test
    void corporaAreComparedAsAWhole() {
        double[][] a = statistics(18, 50, i -> chrf(12 + i % 3));
        double[][] b = statistics(18, 50, i -> chrf(8 + i % 4));
        Comparison comparison = compare(Aggregate.CHRF, a, b);

        assertThat(comparison.difference()).isCloseTo(Aggregate.CHRF.value(a) - Aggregate.CHRF.value(b), within(1e-9));
        assertThat(comparison.won()).isEqualTo(50);
        assertThat(comparison.verdict(comparison.pValue())).isEqualTo(Verdict.BETTER);
        assertThat(comparison.spread()).isPositive();
    }

    @Test
    void repeatsOfRatesAreComparedByTheirMeans() {
        double[][][] a = new double[40][][];
        double[][][] b = new double[40][][];
        for (int row = 0; row < 40; row++) {
            a[row] = new double[][] {{1}, {row % 2}, {1}};
            b[row] = new double[][] {{row % 3 == 0 ? 1 : 0}};
        }
        Comparison comparison = Comparison.of(
                Sample.ofRepeats(Aggregate.YES_NO, true, a, bootstrap),
                Sample.ofRepeats(Aggregate.YES_NO, true, b, bootstrap));

        assertThat(comparison.test()).isEqualTo(Comparison.Test.BOOTSTRAP);
        assertThat(comparison.difference()).isCloseTo(2.5 / 3 - 0.35, within(1e-12));
        assertThat(comparison.tied() + comparison.won() + comparison.lost()).isEqualTo(40);
        assertThat(comparison.lost()).isEqualTo(7);
    }

    @Test
    void armsOfOtherMetricsOrRowsAreNotCompared() {
        Sample one = Sample.of(Aggregate.MEAN, true, new double[3][], bootstrap);

        assertThatThrownBy(() -> Comparison.of(one, Sample.of(Aggregate.MEAN, true, new double[2][], bootstrap)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Comparison.of(one, Sample.of(Aggregate.YES_NO, true, new double[3][], bootstrap)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Comparison.of(one, Sample.of(Aggregate.MEAN, true, new double[3][], new Bootstrap(1))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void holmLeavesOutWhatIsUnknown() {
        assertThat(Holm.adjust(new double[] {0.03, Double.NaN, 0.02})).containsExactly(0.04, Double.NaN, 0.04);
        assertThat(Holm.adjust(new double[0])).isEmpty();
    }

    @Test
    void moreRowsShowSmallerDifferences() {
        assertThat(Power.detectableRateDifference(150, 0.2)).isCloseTo(0.101, within(0.001));
        assertThat(Power.detectableRateDifference(600, 0.2)).isLessThan(0.06);
        assertThat(Power.rowsNeededForRates(Power.detectableRateDifference(150, 0.2) + 1e-9, 0.2))
                .hasValue(150);
        assertThat(Power.rowsNeededForRates(-0.1, 0.2)).hasValue(155);
        assertThat(Power.rowsNeededForRates(0.3, 0.2)).isEmpty();
        assertThat(Power.rowsNeededForRates(0, 0.2)).isEmpty();
        assertThat(Power.detectableRateDifference(5, 0.1)).isNaN();
        assertThat(Power.detectableRateDifference(50, 0)).isNaN();
        assertThat(Power.detectableDifference(0, 1)).isNaN();
        assertThat(Power.rowsNeeded(0.1, Double.NaN)).isEmpty();
    }

    private Comparison compare(Aggregate aggregate, double[] a, double[] b) {
        return compare(aggregate, column(a), column(b));
    }

    private Comparison compare(Aggregate aggregate, double[][] a, double[][] b) {
        return Comparison.of(Sample.of(aggregate, true, a, bootstrap), Sample.of(aggregate, true, b, bootstrap));
    }

    private static double[] chrf(int matches) {
        double[] row = new double[18];
        for (int order = 0; order < 6; order++) {
            row[3 * order] = 20 - order;
            row[3 * order + 1] = 20 - order;
            row[3 * order + 2] = Math.max(0, matches - order);
        }
        return row;
    }

    private static double[] noise(int seed, int rows, double mean) {
        Random random = new Random(seed);
        return random.doubles(rows).map(x -> mean + x * x).toArray();
    }

    /// Returns each value as often as the number before it says.
    private static double[] repeat(int... countsAndValues) {
        double[] values = new double[0];
        for (int i = 0; i < countsAndValues.length; i += 2) {
            int from = values.length;
            values = Arrays.copyOf(values, from + countsAndValues[i]);
            Arrays.fill(values, from, values.length, countsAndValues[i + 1]);
        }
        return values;
    }

    private static double[][] column(double... values) {
        return Arrays.stream(values).mapToObj(x -> new double[] {x}).toArray(double[][]::new);
    }

    private static double[][] statistics(int width, int rows, IntFunction<double[]> row) {
        double[][] statistics = new double[rows][];
        for (int i = 0; i < rows; i++) {
            statistics[i] = Arrays.copyOf(row.apply(i), width);
        }
        return statistics;
    }

    private static double[][] without(double[][] rows, int first, int second) {
        return IntStream.range(0, rows.length)
                .filter(row -> row != first && row != second)
                .mapToObj(row -> rows[row])
                .toArray(double[][]::new);
    }
}
