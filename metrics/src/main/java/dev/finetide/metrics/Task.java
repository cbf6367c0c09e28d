package dev.finetide.metrics;

/// The kind of answer that the rows of a dataset ask for. Every switch over tasks is exhaustive, so
/// a new one shows where it needs a decision.
public enum Task {
    /// One of a fixed set of labels.
    CLASSIFICATION("accuracy"),
    /// A few words that are right or wrong.
    SHORT_ANSWER("normalized_match"),
    /// A number, perhaps at the end of its derivation.
    NUMBER("numeric_match"),
    /// A JSON object or array.
    JSON_EXTRACTION("field_f1"),
    /// A text much shorter than the text that it sums up.
    SUMMARY("rouge_l"),
    /// Any other text.
    FREE_TEXT("chrf"),
    /// No answer: the rows are texts, all of which is predicted.
    TEXT("loss"),
    /// Calls of the tools that a row offers, or an answer without a call where none is right.
    FUNCTION_CALLS("call_match");

    private final String primaryMetric;

    Task(String primaryMetric) {
        this.primaryMetric = primaryMetric;
    }

    /// Returns the name of the metric that decides for this task.
    public String primaryMetric() {
        return primaryMetric;
    }
}
