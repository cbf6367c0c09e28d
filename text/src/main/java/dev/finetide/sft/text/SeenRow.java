package dev.finetide.sft.text;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A row as a base sees it, with everything that was found, also where the row cannot be learnt from.
///
/// @param tokens whole row; empty where the base can make no tokens of it
/// @param answer index of the last answer's first token; the number of tokens that the row is asked with
/// @param answerTokens number of the last answer's tokens, with the one that ends it
/// @param expected text of the last answer, without what closes the turn
/// @param found findings in the order in which they were found
public record SeenRow(Optional<TokenizedRow> tokens, int answer, int answerTokens, String expected, List<Found> found) {
    public SeenRow {
        found = List.copyOf(found);
    }

    /// Makes the row of which a base can make no tokens.
    static SeenRow unreadable(List<Found> found) {
        return new SeenRow(Optional.empty(), 0, 0, "", found);
    }

    /// Returns the first finding because of which the row is not learnt from.
    public Optional<Found> refusal() {
        return found.stream().filter(one -> one.finding().refuses()).findFirst();
    }

    /// Returns the kinds of what was found.
    public Set<RowFinding> kinds() {
        Set<RowFinding> kinds = EnumSet.noneOf(RowFinding.class);
        found.forEach(one -> kinds.add(one.finding()));
        return kinds;
    }

    /// Returns the row to learn from.
    ///
    /// @throws RowRefused when something was found that refuses the row
    public ExaminedRow accepted() {
        refusal().ifPresent(one -> {
            throw new RowRefused(one.finding(), one.field(), one.reason());
        });
        return new ExaminedRow(tokens.orElseThrow(), answer, answerTokens, expected, kinds());
    }
}
