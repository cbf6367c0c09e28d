package dev.finetide.sft.generate;

/// What a model wrote after a prompt.
///
/// @param newTokens without the stop token
public record Generation(int[] newTokens, StopReason stopReason) {
    /// Why the text ends.
    public enum StopReason {
        /// The model wrote a stop token.
        STOP_TOKEN,
        /// The text has a stop string; its tokens stand here too, so that the text may have to be cut.
        STOP_STRING,
        /// The limit of new tokens was reached.
        MAX_NEW_TOKENS,
        /// The model can read no longer text.
        CONTEXT_FULL
    }
}
