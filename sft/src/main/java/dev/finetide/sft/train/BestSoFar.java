package dev.finetide.sft.train;

/// Where the evaluations of a run stand: what early stopping decides by.
///
/// @param bestStep after which the loss was least; 0 before the first evaluation
/// @param bestLoss infinite before the first evaluation
/// @param bestAccuracy token accuracy of the same evaluation
/// @param withoutGain evaluations since the last gain
public record BestSoFar(int bestStep, double bestLoss, double bestAccuracy, int withoutGain) {
    public static final BestSoFar NONE = new BestSoFar(0, Double.POSITIVE_INFINITY, 0, 0);

    /// After one more evaluation. A gain smaller than `minDelta` moves the best, but not the
    /// patience.
    public BestSoFar after(int step, double loss, double accuracy, double minDelta) {
        int waited = loss < bestLoss - minDelta ? 0 : withoutGain + 1;
        return loss < bestLoss
                ? new BestSoFar(step, loss, accuracy, waited)
                : new BestSoFar(bestStep, bestLoss, bestAccuracy, waited);
    }
}
