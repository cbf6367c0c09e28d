package dev.finetide.metrics.totals;

/// The chrF2 of a corpus from its sums, as sacrebleu 2 computes it by default: character n-grams of
/// six orders, beta 2, mean over the orders that both sides have, between 0 and 100. Source:
/// `sacrebleu.metrics.CHRF._compute_f_score`.
public final class ChrfTotals extends SumTotals {
    public static final int ORDERS = 6;

    private static final double FACTOR = 4;

    public ChrfTotals() {
        super(3 * ORDERS);
    }

    @Override
    public double valueOf(double[] sums) {
        if (sums[0] <= 0) {
            return Double.NaN;
        }
        double precision = 0;
        double recall = 0;
        int orders = 0;
        for (int order = 0; order < ORDERS; order++) {
            double answer = sums[3 * order + 1];
            double reference = sums[3 * order + 2];
            double matches = sums[3 * order + 3];
            if (answer > 0 && reference > 0) {
                precision += matches / answer;
                recall += matches / reference;
                orders++;
            }
        }
        if (orders == 0 || precision + recall <= 0) {
            return 0;
        }
        precision /= orders;
        recall /= orders;
        return 100 * (1 + FACTOR) * precision * recall / (FACTOR * precision + recall);
    }
}
