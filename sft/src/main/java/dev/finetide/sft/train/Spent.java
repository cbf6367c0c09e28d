package dev.finetide.sft.train;

/// The work of a run so far, with that of earlier attempts.
///
/// @param tokens tokens of the steps done, without padding
/// @param seconds time that these steps took, with their validations and checkpoints
public record Spent(long tokens, double seconds) {
    public static final Spent NOTHING = new Spent(0, 0);

    public Spent plus(long moreTokens, double moreSeconds) {
        return new Spent(tokens + moreTokens, seconds + moreSeconds);
    }
}
