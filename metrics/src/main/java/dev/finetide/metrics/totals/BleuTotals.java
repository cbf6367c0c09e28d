package dev.finetide.metrics.totals;

/// BLEU of a corpus from its sums, as sacrebleu 2 computes it by default: four orders, exponential
/// smoothing, no effective order, between 0 and 100. Source: `sacrebleu.metrics.BLEU.compute_bleu`.
public final class BleuTotals extends SumTotals {
    public static final int ORDERS = 4;

    public BleuTotals() {
        super(2 + 2 * ORDERS);
    }

    @Override
    public double valueOf(double[] sums) {
        if (sums[0] <= 0) {
            return Double.NaN;
        }
        double answer = sums[1];
        double reference = sums[2];
        boolean noMatch = true;
        for (int order = 0; order < ORDERS; order++) {
            noMatch &= sums[3 + order] <= 0;
        }
        if (noMatch) {
            return 0;
        }
        double logs = 0;
        double smoothing = 1;
        for (int order = 0; order < ORDERS; order++) {
            double matches = sums[3 + order];
            double ngrams = sums[3 + ORDERS + order];
            if (ngrams <= 0) {
                // Answers are shorter than this order: sacrebleu's precision is 0 then, and so is BLEU.
                return 0;
            }
            if (matches <= 0) {
                smoothing *= 2;
                matches = 1 / smoothing;
            }
            logs += Math.log(100 * matches / ngrams);
        }
        double brevity = answer < reference ? Math.exp(1 - reference / answer) : 1;
        return brevity * Math.exp(logs / ORDERS);
    }
}
