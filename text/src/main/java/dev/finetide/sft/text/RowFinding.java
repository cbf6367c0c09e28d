package dev.finetide.sft.text;

/// A property of a row that changes what a model learns or how it is asked.
public enum RowFinding {
    /// The row has more tokens than are accepted.
    TOO_LONG(true),
    /// Something that the row says does not reach the rendered text.
    NOT_RENDERED(true),
    /// A trained answer has no token but those that end it.
    EMPTY_ANSWER(true),
    /// The chat template refuses the row, or the row needs one and the base has none.
    REFUSED_BY_TEMPLATE(true),
    /// No token of the row is learnt.
    NOTHING_LEARNT(true),
    /// The prompt, tokenised alone, is not the beginning of the row's tokens: whoever asks so asks otherwise than
    /// the model was trained.
    BROKEN_PREFIX(false),
    /// No token that ends the last answer is learnt, so the model does not learn to stop.
    NO_END_TOKEN(false),
    /// The expected answer has more tokens than may be generated. Only an evaluation knows.
    LONG_ANSWER(false);

    private final boolean refuses;

    RowFinding(boolean refuses) {
        this.refuses = refuses;
    }

    /// Whether a row of this kind is not learnt from, but refused or left out.
    public boolean refuses() {
        return refuses;
    }
}
