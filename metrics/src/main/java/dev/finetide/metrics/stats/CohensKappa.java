package dev.finetide.metrics.stats;

import java.util.Arrays;
import java.util.stream.IntStream;

/// The agreement of two raters beyond chance. Source: Cohen 1960, "A Coefficient of Agreement for
/// Nominal Scales".
///
/// @param value kappa; NaN where both raters always say the same one thing, or there are no rows
/// @param interval 95 % interval of the bootstrap over rows; unknown for few rows
public record CohensKappa(double value, Interval interval) {
    /// Measures how two raters agree.
    ///
    /// @param first category of each row by the first rater, from 0
    /// @param second category of each row by the second rater
    /// @param categories number of categories
    public static CohensKappa of(int[] first, int[] second, int categories, Bootstrap bootstrap) {
        if (first.length != second.length) {
            throw new IllegalArgumentException(
                    "expected ratings of the same rows, got %d and %d".formatted(first.length, second.length));
        }
        int rows = first.length;
        int[] ones = new int[rows];
        Arrays.fill(ones, 1);
        double value = kappa(first, second, categories, row -> ones[row]);
        if (rows < Sample.FEWEST_ROWS || Double.isNaN(value)) {
            return new CohensKappa(value, Interval.UNKNOWN);
        }
        Resamples resamples = bootstrap.of(rows);
        double[] draws = new double[resamples.draws()];
        resamples.forEach((draw, counts) -> draws[draw] = kappa(first, second, categories, row -> counts[row]));
        double[] known = Arrays.stream(draws).filter(Double::isFinite).toArray();
        if (known.length < 0.95 * draws.length || Sample.allEqual(known)) {
            return new CohensKappa(value, Interval.UNKNOWN);
        }
        double[] jackknife = IntStream.range(0, rows)
                .mapToDouble(left -> kappa(first, second, categories, row -> row == left ? 0 : 1))
                .toArray();
        return new CohensKappa(value, new Bca(value, known, jackknife, rows).interval());
    }

    /// The number of times that a row counts.
    private interface Weights {
        int of(int row);
    }

    private static double kappa(int[] first, int[] second, int categories, Weights weights) {
        double[] ofFirst = new double[categories];
        double[] ofSecond = new double[categories];
        double all = 0;
        double agreed = 0;
        for (int row = 0; row < first.length; row++) {
            int weight = weights.of(row);
            ofFirst[first[row]] += weight;
            ofSecond[second[row]] += weight;
            agreed += first[row] == second[row] ? weight : 0;
            all += weight;
        }
        double byChance = 0;
        for (int category = 0; category < categories; category++) {
            byChance += ofFirst[category] / all * (ofSecond[category] / all);
        }
        return byChance >= 1 ? Double.NaN : (agreed / all - byChance) / (1 - byChance);
    }
}
