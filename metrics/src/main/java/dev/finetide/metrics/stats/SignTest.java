package dev.finetide.metrics.stats;

/// The exact sign test: a binomial test of the rows that one of two arms wins.
public final class SignTest {
    private SignTest() {}

    /// Returns the two-sided p-value; 1 where no row is won or lost.
    public static double pValue(int won, int lost) {
        return new PairedRates(0, won, lost, 0).pValue();
    }
}
