package dev.finetide.metrics.stats;

import java.util.OptionalLong;
import java.util.stream.IntStream;

/// A paired comparison of two arms on the same rows.
///
/// @param difference the first arm's number less the second's
/// @param interval 95 % interval of the difference
/// @param pValue probability of so large a difference between arms that are equally good; two-sided
/// @param won rows in which the first arm is better
/// @param lost rows in which the second arm is better
/// @param tied rows in which both are equally good
/// @param leftOut rows that the metric failed on in one of the arms
/// @param test the test that gave the p-value
/// @param spread share of rows in which the arms differ for [Test#MCNEMAR], else the standard
///     deviation of a row's difference; [Power] takes it
/// @param higherIsBetter whether a positive difference speaks for the first arm
public record Comparison(
        double difference,
        Interval interval,
        double pValue,
        int won,
        int lost,
        int tied,
        int leftOut,
        Test test,
        double spread,
        boolean higherIsBetter) {
    private static final double LEVEL = 0.05;

    /// The test behind a p-value.
    public enum Test {
        /// Exact McNemar test with Newcombe's interval, for yes and no.
        MCNEMAR,
        /// Paired BCa bootstrap.
        BOOTSTRAP
    }

    /// How the first arm stands to the second.
    public enum Verdict {
        BETTER,
        WORSE,
        NOT_DISTINGUISHABLE
    }

    /// Compares two arms. Rows that one of them failed on are left out.
    ///
    /// @throws IllegalArgumentException where the samples are of other metrics, rows or draws
    public static Comparison of(Sample a, Sample b) {
        if (a.aggregate() != b.aggregate()
                || a.higherIsBetter() != b.higherIsBetter()
                || a.size() != b.size()
                || a.bootstrap() != b.bootstrap()) {
            throw new IllegalArgumentException("The arms have other metrics, rows or draws");
        }
        int[] common = IntStream.range(0, a.size())
                .filter(row -> a.has(row) && b.has(row))
                .toArray();
        return new PairedRows(a.only(common), b.only(common), a.size() - common.length).compare();
    }

    /// Returns the number of rows that both arms were compared on.
    public int rows() {
        return won + lost + tied;
    }

    /// Returns what the interval and the p-value say together.
    ///
    /// @param adjustedPValue p-value after [Holm#adjust] over the arms
    public Verdict verdict(double adjustedPValue) {
        if (!interval.excludesZero() || !(adjustedPValue < LEVEL)) {
            return Verdict.NOT_DISTINGUISHABLE;
        }
        return difference > 0 == higherIsBetter ? Verdict.BETTER : Verdict.WORSE;
    }

    /// Returns the smallest difference that so many rows show with 80 % power.
    public double detectableDifference() {
        return test == Test.MCNEMAR
                ? Power.detectableRateDifference(rows(), spread)
                : Power.detectableDifference(rows(), spread);
    }

    /// Returns how many rows would show the difference that was found, with 80 % power; empty where
    /// it is none.
    public OptionalLong rowsNeeded() {
        return test == Test.MCNEMAR
                ? Power.rowsNeededForRates(difference, spread)
                : Power.rowsNeeded(difference, spread);
    }
}
