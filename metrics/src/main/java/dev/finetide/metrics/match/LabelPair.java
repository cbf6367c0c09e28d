package dev.finetide.metrics.match;

/// The expected and the answered label of one row.
///
/// @param expected position of the expected label; the number of labels for a reference that is
///     none of them
/// @param answered position of the answered label; -1 where the answer is none
record LabelPair(int expected, int answered) {
    boolean isRight() {
        return expected == answered;
    }
}
