package dev.finetide.metrics;

import dev.finetide.metrics.totals.BinTotals;
import dev.finetide.metrics.totals.BleuTotals;
import dev.finetide.metrics.totals.ChrfTotals;
import dev.finetide.metrics.totals.LabelTotals;
import dev.finetide.metrics.totals.MeanTotals;
import dev.finetide.metrics.totals.RatioTotals;
import dev.finetide.metrics.totals.Totals;
import java.util.Arrays;
import java.util.function.Supplier;

/// The way from the statistics of rows, each with a multiplicity, to one number. The set is closed,
/// so that a service can sum up rows whose metric it does not know.
public enum Aggregate {
    /// Mean of `[x]`.
    MEAN(1, MeanTotals::new),
    /// Mean of `[x]`, where x is 0 or 1; its interval is Wilson's and its comparison McNemar's.
    YES_NO(1, MeanTotals::new),
    /// Sum of a divided by sum of b, of `[a, b]`.
    RATIO(2, () -> new RatioTotals(false)),
    /// `exp(sum of nll / sum of tokens)`, of `[nll, tokens]`, nll in nats.
    PERPLEXITY(2, () -> new RatioTotals(true)),
    /// Mean F1 of the labels, of `[index of the expected label, index of the answered label or
    /// -1]`. Labels that the rows neither expect nor answer do not count; an answer that is no
    /// label is an error of the expected label.
    MACRO_F1(2, LabelTotals::new),
    /// Expected calibration error over ten bins of equal width, of `[confidence, 1 where the answer
    /// is right, else 0]`.
    ECE(2, BinTotals::new),
    /// BLEU of a corpus with exponential smoothing, between 0 and 100, of `[tokens of the answer,
    /// tokens of the reference, matching n-grams of orders 1 to 4, n-grams of the answer of orders
    /// 1 to 4]`.
    BLEU(10, BleuTotals::new),
    /// chrF2 of a corpus, between 0 and 100, of `[n-grams of the answer, n-grams of the reference,
    /// matching n-grams]` for each order from 1 to 6.
    CHRF(18, ChrfTotals::new);

    private final int width;
    private final Supplier<Totals> totals;

    Aggregate(int width, Supplier<Totals> totals) {
        this.width = width;
        this.totals = totals;
    }

    /// Returns how many statistics a row has.
    public int width() {
        return width;
    }

    /// Returns empty totals, to which rows can be added.
    public Totals totals() {
        return totals.get();
    }

    /// Returns the number of the rows.
    ///
    /// @param rows statistics, one array a row; null or NaN for a row that the metric failed on,
    ///     which is left out
    /// @param counts multiplicity of each row, not negative
    /// @return NaN where the number is undefined, as for no rows
    public double value(double[][] rows, int[] counts) {
        if (rows.length != counts.length) {
            throw new IllegalArgumentException(rows.length + " rows have " + counts.length + " multiplicities");
        }
        Totals sums = totals();
        for (int row = 0; row < rows.length; row++) {
            if (counts[row] > 0 && isMeasured(rows[row])) {
                sums.add(rows[row], counts[row]);
            }
        }
        return sums.value();
    }

    /// Returns the number of the rows, each of them once.
    public double value(double[][] rows) {
        int[] once = new int[rows.length];
        Arrays.fill(once, 1);
        return value(rows, once);
    }

    /// Returns whether a row has statistics and none of them is NaN.
    public static boolean isMeasured(double[] row) {
        if (row == null) {
            return false;
        }
        for (double statistic : row) {
            if (Double.isNaN(statistic)) {
                return false;
            }
        }
        return true;
    }

    /// Checks what a metric returned for one row.
    ///
    /// @throws IllegalArgumentException where these are no statistics of this aggregate; the
    ///     message says why
    void check(double[] row) {
        if (row == null || row.length != width) {
            throw new IllegalArgumentException(
                    this + " takes " + width + " statistics a row, not " + (row == null ? "null" : row.length));
        }
        if (!isMeasured(row)) {
            return;
        }
        for (double statistic : row) {
            if (Double.isInfinite(statistic)) {
                throw new IllegalArgumentException(this + " takes no infinite statistic");
            }
        }
        boolean fits = switch (this) {
            case MEAN, RATIO, PERPLEXITY, BLEU, CHRF -> true;
            case YES_NO -> row[0] == 0 || row[0] == 1;
            case MACRO_F1 -> isIndex(row[0]) && (isIndex(row[1]) || row[1] == -1);
            case ECE -> row[0] >= 0 && row[0] <= 1 && (row[1] == 0 || row[1] == 1);
        };
        if (!fits) {
            throw new IllegalArgumentException(this + " does not take the statistics " + Arrays.toString(row));
        }
    }

    private static boolean isIndex(double x) {
        return x >= 0 && x < 1 << 20 && x == Math.rint(x);
    }
}
