package dev.finetide.metrics.stats;

import org.apache.commons.statistics.inference.AlternativeHypothesis;
import org.apache.commons.statistics.inference.BinomialTest;

/// Two rates on the same rows, as a table of four counts.
///
/// @param both rows that are 1 in both arms
/// @param onlyA rows that are 1 in the first arm alone
/// @param onlyB rows that are 1 in the second arm alone
/// @param neither rows that are 0 in both arms
record PairedRates(int both, int onlyA, int onlyB, int neither) {
    int rows() {
        return both + onlyA + onlyB + neither;
    }

    /// Returns the first arm's rate less the second's, NaN for no rows.
    double difference() {
        return rows() == 0 ? Double.NaN : (double) (onlyA - onlyB) / rows();
    }

    /// Returns the share of rows in which the arms differ, NaN for no rows.
    double discordance() {
        return rows() == 0 ? Double.NaN : (double) (onlyA + onlyB) / rows();
    }

    /// Returns the p-value of the exact McNemar test: a binomial test of the rows in which the arms
    /// differ.
    double pValue() {
        int differing = onlyA + onlyB;
        return differing == 0
                ? 1
                : BinomialTest.withDefaults()
                        .with(AlternativeHypothesis.TWO_SIDED)
                        .test(differing, onlyA, 0.5)
                        .getPValue();
    }

    /// Returns Newcombe's 95 % interval of the difference, built of both rates' Wilson intervals
    /// and their correlation. Source: Newcombe 1998, "Improved confidence intervals for the
    /// difference between binomial proportions based on paired data", method 10.
    Interval interval() {
        int rows = rows();
        if (rows == 0) {
            return Interval.UNKNOWN;
        }
        double rateA = (double) (both + onlyA) / rows;
        double rateB = (double) (both + onlyB) / rows;
        Interval a = Wilson.interval(both + onlyA, rows);
        Interval b = Wilson.interval(both + onlyB, rows);
        double correlation = correlation();
        double low = difference() - width(rateA - a.low(), b.high() - rateB, correlation);
        double high = difference() + width(a.high() - rateA, rateB - b.low(), correlation);
        return new Interval(Math.max(-1, low), Math.min(1, high));
    }

    private static double width(double x, double y, double correlation) {
        return Math.sqrt(Math.max(0, x * x - 2 * correlation * x * y + y * y));
    }

    /// Returns phi, made smaller by the correction for continuity where it is positive; 0 where a
    /// margin is empty.
    private double correlation() {
        double margins = (double) (both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither);
        if (margins == 0) {
            return 0;
        }
        double product = (double) both * neither - (double) onlyA * onlyB;
        double corrected = product > 0 ? Math.max(product - rows() / 2.0, 0) : product;
        return corrected / Math.sqrt(margins);
    }
}
