package dev.finetide.metrics.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.metrics.Aggregate;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SampleTest {
    private final Bootstrap bootstrap = new Bootstrap(1);

    @ParameterizedTest
    @EnumSource
    void noRowsHaveNeitherNumberNorInterval(Aggregate aggregate) {
        Sample sample = Sample.of(aggregate, true, new double[0][], bootstrap);

        assertThat(sample.value()).isNaN();
        assertThat(sample.interval()).isEqualTo(Interval.UNKNOWN);
        assertThat(sample.rows()).isZero();
        assertThat(sample.failed()).isZero();
        assertThat(sample.ofEachRepeat()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void onlyARateHasAnIntervalFromOneRow(Aggregate aggregate) {
        double[] row = new double[aggregate.width()];
        Arrays.fill(row, 1);
        Sample sample = Sample.of(aggregate, true, new double[][] {row}, bootstrap);

        assertThat(sample.value()).isNotNaN();
        assertThat(sample.interval().isKnown()).isEqualTo(aggregate == Aggregate.YES_NO);
    }

    @Test
    void aRateHasWilsonsInterval() {
        Sample sample = Sample.of(Aggregate.YES_NO, true, column(0, 1, 1, 1, 1, 1, 1, 1, 1, 1), bootstrap);

        assertThat(sample.value()).isEqualTo(0.9);
        assertThat(sample.interval()).isEqualTo(Wilson.interval(9, 10));
    }

    @Test
    void failedRowsAreCountedAndLeftOut() {
        double[][] rows = {{1}, null, {Double.NaN}, {0}};
        Sample sample = Sample.of(Aggregate.YES_NO, true, rows, bootstrap);

        assertThat(sample.rows()).isEqualTo(2);
        assertThat(sample.failed()).isEqualTo(2);
        assertThat(sample.value()).isEqualTo(0.5);
        assertThat(sample.interval()).isEqualTo(Wilson.interval(1, 2));
    }

    @Test
    void rowsThatAllFailedHaveNoNumber() {
        Sample sample = Sample.of(Aggregate.MEAN, true, new double[][] {null, null}, bootstrap);

        assertThat(sample.value()).isNaN();
        assertThat(sample.interval().isKnown()).isFalse();
        assertThat(sample.failed()).isEqualTo(2);
    }

    @Test
    void equalRowsHaveWilsonsIntervalWhereTheirMeanLiesBetween0And1() {
        assertThat(Sample.of(Aggregate.MEAN, true, column(1, 1, 1, 1, 1, 1, 1, 1), bootstrap)
                        .interval())
                .isEqualTo(Wilson.interval(8, 8));
        assertThat(Sample.of(Aggregate.MEAN, true, column(0, 0, 0, 0, 0, 0), bootstrap)
                        .interval())
                .isEqualTo(Wilson.interval(0, 6));
        assertThat(Sample.of(Aggregate.MEAN, true, column(7, 7, 7, 7, 7, 7, 7), bootstrap)
                        .interval())
                .isEqualTo(Interval.UNKNOWN);
    }

    @Test
    void repeatsOfARowCountAsOneRow() {
        double[][][] repeats = new double[40][][];
        double[][] means = new double[40][];
        Random random = new Random(2);
        for (int row = 0; row < repeats.length; row++) {
            double x = random.nextDouble();
            double y = random.nextDouble();
            repeats[row] = new double[][] {{x}, {y}, {Double.NaN}};
            means[row] = new double[] {(x + y) / 2};
        }
        Sample repeated = Sample.ofRepeats(Aggregate.MEAN, true, repeats, bootstrap);
        Sample once = Sample.of(Aggregate.MEAN, true, means, bootstrap);

        assertThat(repeated.value()).isCloseTo(once.value(), within(1e-12));
        assertThat(repeated.interval().low()).isCloseTo(once.interval().low(), within(1e-9));
        assertThat(repeated.interval().high()).isCloseTo(once.interval().high(), within(1e-9));
        assertThat(repeated.rows()).isEqualTo(40);
    }

    @Test
    void repeatsOfLabelsShareTheirRow() {
        double[][][] repeats = {{{0, 0}, {0, 1}}, {{1, 1}, {1, 1}}, {{1, 1}}};
        Sample sample = Sample.ofRepeats(Aggregate.MACRO_F1, true, repeats, bootstrap);

        // Label 0: expected 1, answered 0.5, right 0.5. Label 1: expected 2, answered 2.5, right 2.
        assertThat(sample.value()).isCloseTo((2 * 0.5 / 1.5 + 2 * 2 / 4.5) / 2, within(1e-12));
        assertThat(sample.ofEachRepeat()).hasSize(2);
        assertThat(sample.ofEachRepeat()[0]).isEqualTo(1);
    }

    @Test
    void repeatsOfARateHaveTheIntervalOfTheBootstrap() {
        double[][][] repeats = IntStream.range(0, 50)
                .mapToObj(row -> new double[][] {{row % 2}, {row % 3 == 0 ? 1 : 0}})
                .toArray(double[][][]::new);
        Sample sample = Sample.ofRepeats(Aggregate.YES_NO, true, repeats, bootstrap);

        assertThat(sample.interval().isKnown()).isTrue();
        assertThat(sample.interval().contains(sample.value())).isTrue();
        assertThat(sample.interval()).isNotEqualTo(Wilson.interval(21, 50));
        assertThat(sample.ofEachRepeat()).containsExactly(0.5, 0.34);
    }

    @Test
    void equalSeedsGiveEqualIntervals() {
        double[][] rows = column(new Random(3).doubles(60).toArray());
        Interval interval = Sample.of(Aggregate.MEAN, true, rows, bootstrap).interval();

        assertThat(Sample.of(Aggregate.MEAN, true, rows, new Bootstrap(1)).interval())
                .isEqualTo(interval);
        assertThat(Sample.of(Aggregate.MEAN, true, rows, new Bootstrap(2)).interval())
                .isNotEqualTo(interval);
    }

    @Test
    void drawsThatAreNotKeptAreTheSame() {
        double[] values = new Random(4).doubles(30).toArray();
        Rows rows = new Rows(
                Aggregate.MEAN,
                Arrays.stream(values).mapToObj(x -> new double[][] {{x}}).toArray(double[][][]::new));

        assertThat(rows.draws(new Resamples(30, 200, 5, 0)))
                .containsExactly(rows.draws(new Resamples(30, 200, 5, Long.MAX_VALUE)));
    }

    @ParameterizedTest
    @EnumSource
    void aJackknifeLeavesOneRowOut(Aggregate aggregate) {
        Random random = new Random(6);
        double[][][] repeats = IntStream.range(0, 9)
                .mapToObj(row -> new double[][] {
                    random.ints(aggregate.width(), 0, 2).asDoubleStream().toArray()
                })
                .toArray(double[][][]::new);
        double[] jackknife = new Rows(aggregate, repeats).jackknife();

        for (int left = 0; left < repeats.length; left++) {
            int[] counts = new int[repeats.length];
            Arrays.fill(counts, 1);
            counts[left] = 0;
            double[][] rows = Arrays.stream(repeats).map(row -> row[0]).toArray(double[][]::new);
            assertThat(jackknife[left]).isCloseTo(aggregate.value(rows, counts), within(1e-9));
        }
    }

    private static double[][] column(double... values) {
        return Arrays.stream(values).mapToObj(x -> new double[] {x}).toArray(double[][]::new);
    }
}
