package dev.finetide.sft.train;

/// The best evaluation of a run so far, by which early stopping decides.
///
/// @param bestStep number of the step after which the loss was least; 0 before the first evaluation
/// @param bestLoss least loss; infinite before the first evaluation
/// @param bestAccuracy token accuracy of the same evaluation
/// @param withoutGain evaluations since the last gain
public record BestSoFar(int bestStep, double bestLoss, double bestAccuracy, int withoutGain) {
    public static final BestSoFar NONE = new BestSoFar(0, Double.POSITIVE_INFINITY, 0, 0);

    /// Returns the best after one more evaluation. A gain smaller than `minDelta` moves the best, but does not
    /// count as a gain for early stopping.
    public BestSoFar after(int step, double loss, double accuracy, double minDelta) {
        int waited = loss < bestLoss - minDelta ? 0 : withoutGain + 1;
        return loss < bestLoss
                ? new BestSoFar(step, loss, accuracy, waited)
                : new BestSoFar(bestStep, bestLoss, bestAccuracy, waited);
    }
}
