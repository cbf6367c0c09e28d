package dev.finetide.retrieval.leak;

import java.util.List;

/// Held-out answers that stand in indexed texts.
///
/// @param checked number of answers that were looked for
/// @param tooShort number of answers that were not, because an answer of so few words stands in many texts by
///     chance
/// @param leaks the answers that were found, by position
public record LeakReport(int checked, int tooShort, List<Leak> leaks) {
    public LeakReport {
        leaks = List.copyOf(leaks);
    }

    /// @param answer position of the answer, from 0
    /// @param passage position of the first text that holds it
    public record Leak(int answer, int passage) {}
}
