package dev.finetide.metrics.stats;

import dev.finetide.metrics.Aggregate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// The measurements of one metric in the answers of one arm: its number, its interval, its failed
/// rows. Rows keep their order, so that two arms are compared row by row. Not safe for use by
/// several threads.
public final class Sample {
    /// A bootstrap of fewer rows tells nothing: even if all of them speak for one arm, a sign test
    /// gives 0.06.
    static final int FEWEST_ROWS = 6;

    private final Aggregate aggregate;
    private final boolean higherIsBetter;
    private final Bootstrap bootstrap;
    /// Measured repeats of each row; an empty array for a row that the metric failed on.
    private final double[][][] rows;
    private final int[] present;
    private final Rows measured;
    private double[] draws;
    private double[] jackknife;

    private Sample(Aggregate aggregate, boolean higherIsBetter, double[][][] rows, Bootstrap bootstrap) {
        this.aggregate = aggregate;
        this.higherIsBetter = higherIsBetter;
        this.bootstrap = bootstrap;
        this.rows = rows;
        this.present = IntStream.range(0, rows.length)
                .filter(row -> rows[row].length > 0)
                .toArray();
        this.measured = select(present);
    }

    /// Returns the sample of an arm that answered each row once.
    ///
    /// @param rows statistics of each row; null or NaN for a row that the metric failed on
    /// @param bootstrap shared by the arms and metrics of an evaluation
    public static Sample of(Aggregate aggregate, boolean higherIsBetter, double[][] rows, Bootstrap bootstrap) {
        double[][][] repeats = new double[rows.length][][];
        for (int row = 0; row < rows.length; row++) {
            repeats[row] = new double[][] {rows[row]};
        }
        return ofRepeats(aggregate, higherIsBetter, repeats, bootstrap);
    }

    /// Returns the sample of an arm that answered rows several times.
    ///
    /// @param rows statistics by row and repeat; null or NaN for a repeat that the metric failed on
    /// @param bootstrap shared by the arms and metrics of an evaluation
    public static Sample ofRepeats(
            Aggregate aggregate, boolean higherIsBetter, double[][][] rows, Bootstrap bootstrap) {
        double[][][] measured = new double[rows.length][][];
        for (int row = 0; row < rows.length; row++) {
            List<double[]> repeats = new ArrayList<>();
            for (double[] repeat : rows[row] == null ? new double[0][] : rows[row]) {
                if (Aggregate.isMeasured(repeat)) {
                    repeats.add(repeat);
                }
            }
            measured[row] = repeats.toArray(double[][]::new);
        }
        return new Sample(aggregate, higherIsBetter, measured, bootstrap);
    }

    /// Returns the number of the measured rows, NaN where it is undefined.
    public double value() {
        return measured.value();
    }

    /// Returns how many rows were measured.
    public int rows() {
        return present.length;
    }

    /// Returns how many rows the metric failed on.
    public int failed() {
        return rows.length - present.length;
    }

    /// Returns the 95 % interval: Wilson's for a rate, else that of the bootstrap. It is unknown
    /// where the number is undefined, where a bootstrap has fewer than six rows, and where all
    /// draws are equal and the number is no mean between 0 and 1.
    public Interval interval() {
        if (aggregate == Aggregate.YES_NO && measured.once()) {
            return Wilson.interval(Math.rint(value() * rows()), rows());
        }
        if (rows() < FEWEST_ROWS || Double.isNaN(value())) {
            return Interval.UNKNOWN;
        }
        double[] known = Arrays.stream(draws()).filter(Double::isFinite).toArray();
        if (known.length < 0.95 * draws().length) {
            return Interval.UNKNOWN;
        }
        if (allEqual(known)) {
            return withoutSpread();
        }
        return new Bca(value(), known, jackknife(), rows()).interval();
    }

    /// Returns the number of each repeat over all rows: the spread of an arm that draws at random.
    public double[] ofEachRepeat() {
        int repeats = Arrays.stream(rows).mapToInt(row -> row.length).max().orElse(0);
        double[] values = new double[repeats];
        for (int repeat = 0; repeat < repeats; repeat++) {
            int number = repeat;
            values[repeat] = aggregate.value(Arrays.stream(rows)
                    .map(row -> number < row.length ? row[number] : null)
                    .toArray(double[][]::new));
        }
        return values;
    }

    Aggregate aggregate() {
        return aggregate;
    }

    boolean higherIsBetter() {
        return higherIsBetter;
    }

    Bootstrap bootstrap() {
        return bootstrap;
    }

    int size() {
        return rows.length;
    }

    boolean has(int row) {
        return rows[row].length > 0;
    }

    Rows select(int[] chosen) {
        return new Rows(
                aggregate, Arrays.stream(chosen).mapToObj(row -> rows[row]).toArray(double[][][]::new));
    }

    /// Returns the sample of these rows alone, this one where they are all that were measured.
    Sample only(int[] chosen) {
        return Arrays.equals(chosen, present)
                ? this
                : new Sample(
                        aggregate,
                        higherIsBetter,
                        Arrays.stream(chosen).mapToObj(row -> rows[row]).toArray(double[][][]::new),
                        bootstrap);
    }

    Rows measured() {
        return measured;
    }

    double[] draws() {
        if (draws == null) {
            draws = measured.draws(bootstrap.of(measured.count()));
        }
        return draws;
    }

    double[] jackknife() {
        if (jackknife == null) {
            jackknife = measured.jackknife();
        }
        return jackknife;
    }

    static boolean allEqual(double[] values) {
        double tolerance = 1e-12 * Math.abs(values[0]);
        return Arrays.stream(values).allMatch(value -> Math.abs(value - values[0]) <= tolerance);
    }

    /// Returns Wilson's interval for a mean between 0 and 1: no distribution on this range has more
    /// variance than one of zeros and ones, so the interval is rather too wide than too narrow.
    private Interval withoutSpread() {
        boolean mean = aggregate == Aggregate.MEAN || aggregate == Aggregate.YES_NO;
        return mean && value() >= 0 && value() <= 1 ? Wilson.interval(value() * rows(), rows()) : Interval.UNKNOWN;
    }
}
