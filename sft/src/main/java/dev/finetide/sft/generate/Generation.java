package dev.finetide.sft.generate;

/// The text that a model wrote after a prompt.
///
/// @param newTokens tokens of the text, without the stop token
/// @param seconds latency: time from the prompt's admission to a batch until the text ended
/// @param computeSeconds share of the machine's time: the time of each step, divided among its tokens, and of what all
///     prompts begin with an equal part; without what was computed only for scores
public record Generation(int[] newTokens, StopReason stopReason, double seconds, double computeSeconds) {
    /// The reasons for a text to end.
    public enum StopReason {
        /// The model wrote a stop token.
        STOP_TOKEN,
        /// The text has a stop string. The tokens of the stop string are included, so the text may have to be cut.
        STOP_STRING,
        /// The limit of new tokens was reached.
        MAX_NEW_TOKENS,
        /// The text has reached the model's context length.
        CONTEXT_FULL
    }
}
