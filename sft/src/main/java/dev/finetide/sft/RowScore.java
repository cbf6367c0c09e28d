package dev.finetide.sft;

/// How well a model predicts one row.
///
/// @param nll sum of the supervised tokens' negative log-likelihoods
/// @param supervisedTokens how many there are
/// @param correctTokens of them, those that were the likeliest token
public record RowScore(double nll, int supervisedTokens, int correctTokens) {
    static RowScore of(float[] nll, float[] hits) {
        double sum = 0;
        int correct = 0;
        for (int i = 0; i < nll.length; i++) {
            sum += nll[i];
            correct += (int) hits[i];
        }
        return new RowScore(sum, nll.length, correct);
    }

    /// How many tokens the model hesitates between, on average.
    public double perplexity() {
        return Math.exp(nll / supervisedTokens);
    }
}
