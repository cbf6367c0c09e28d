package dev.finetide.sft.text;

import java.util.Arrays;
import java.util.Set;

/// A row as token ids, split into the prompt and the last answer.
///
/// @param tokens whole row
/// @param answer index of the last answer's first token, 1 or more
/// @param answerTokens number of the last answer's tokens, with the one that ends it
/// @param expected text of the last answer, without what closes the turn
/// @param findings what is worth knowing about the row, which is accepted all the same
public record ExaminedRow(
        TokenizedRow tokens, int answer, int answerTokens, String expected, Set<RowFinding> findings) {
    public ExaminedRow {
        findings = Set.copyOf(findings);
    }

    /// Returns the token ids that a model is asked with: exactly those that preceded the answer in training.
    public int[] prompt() {
        return Arrays.copyOf(tokens.ids(), answer);
    }
}
