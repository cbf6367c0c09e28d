package dev.finetide.sft;

/// How well a model predicts one row.
///
/// @param nll sum of the supervised tokens' negative log-likelihoods
/// @param supervisedTokens how many there are
/// @param correctTokens of them, those that were the likeliest token
public record RowScore(double nll, int supervisedTokens, int correctTokens) {}
