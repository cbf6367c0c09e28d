package dev.finetide.sft;

/// The score of one row: how well a model predicts it.
///
/// @param nll sum of the supervised tokens' negative log-likelihoods
/// @param supervisedTokens number of supervised tokens
/// @param correctTokens number of supervised tokens that were the likeliest token
public record RowScore(double nll, int supervisedTokens, int correctTokens) {
    /// Sums the scores of a row's supervised tokens.
    ///
    /// @param nll negative log-likelihood of each
    /// @param hits 1 for each that was the likeliest token, otherwise 0
    public static RowScore of(float[] nll, float[] hits) {
        double sum = 0;
        int correct = 0;
        for (int i = 0; i < nll.length; i++) {
            sum += nll[i];
            correct += (int) hits[i];
        }
        return new RowScore(sum, nll.length, correct);
    }

    /// Computes the perplexity: the number of equally likely tokens that would give the same loss.
    public double perplexity() {
        return Math.exp(nll / supervisedTokens);
    }
}
