package dev.finetide.sft.text;

/// A property of a row that changes what a model learns or how it is asked.
public enum RowFinding {
    /// The row has more tokens than are accepted. Such a row is refused.
    TOO_LONG,
    /// Something that the row says does not reach the rendered text. Such a row is refused.
    NOT_RENDERED,
    /// A trained answer has no token but those that end it. Such a row is refused.
    EMPTY_ANSWER,
    /// The chat template refuses the row, or the row needs one and the base has none. Such a row is refused.
    REFUSED_BY_TEMPLATE,
    /// The prompt, tokenised alone, is not the beginning of the row's tokens: whoever asks so asks otherwise than
    /// the model was trained.
    BROKEN_PREFIX,
    /// No token that ends the last answer is learnt, so the model does not learn to stop.
    NO_END_TOKEN
}
