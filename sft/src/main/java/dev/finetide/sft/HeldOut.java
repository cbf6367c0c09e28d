package dev.finetide.sft;

import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.train.Digests;
import java.util.List;
import java.util.stream.IntStream;

/// Rows in two parts: rows to learn, and rows that are held out for validation.
///
/// @param identity digest of what the rows were made of. A checkpoint belongs to runs of the same identity, so it must
/// not
///     depend on anything that changes between two attempts of a run, such as the date that a template writes
public record HeldOut(List<TokenizedRow> learnt, List<TokenizedRow> heldOut, String identity) {
    public HeldOut {
        learnt = List.copyOf(learnt);
        heldOut = List.copyOf(heldOut);
    }

    /// Makes parts whose identity is that of their tokens.
    public HeldOut(List<TokenizedRow> learnt, List<TokenizedRow> heldOut) {
        this(learnt, heldOut, Digests.ofRows(learnt) + Digests.ofRows(heldOut));
    }

    /// Returns the same parts with another identity.
    public HeldOut identifiedBy(String other) {
        return new HeldOut(learnt, heldOut, other);
    }

    /// Holds out a fraction of the rows by the digests of their tokens, as [#of(List, List, double)] does.
    public static HeldOut of(List<TokenizedRow> rows, double fraction) {
        return of(rows, rows.stream().map(row -> Digests.ofRows(List.of(row))).toList(), fraction);
    }

    /// Holds out a fraction of the rows, at least one. The rows with the smallest digests are held out, so the choice
    /// does not depend on the order of the rows, and equal rows stay together.
    ///
    /// @param digests digest of each row's source
    /// @param fraction fraction of held-out rows, above 0 and below 1
    /// @throws IllegalArgumentException when no row would be left to learn
    public static HeldOut of(List<TokenizedRow> rows, List<String> digests, double fraction) {
        Setting.require(fraction > 0 && fraction < 1, "fraction", "above 0 and below 1", fraction);
        int count = Math.max(1, (int) Math.round(rows.size() * fraction));
        String last = digests.stream().sorted().skip(count - 1L).findFirst().orElse("");
        HeldOut parts = new HeldOut(rowsWhere(rows, digests, last, false), rowsWhere(rows, digests, last, true));
        Setting.require(!parts.learnt.isEmpty(), "rows to learn", "at least one", "none of " + rows.size());
        return parts;
    }

    private static List<TokenizedRow> rowsWhere(
            List<TokenizedRow> rows, List<String> digests, String last, boolean heldOut) {
        return IntStream.range(0, rows.size())
                .filter(i -> digests.get(i).compareTo(last) <= 0 == heldOut)
                .mapToObj(rows::get)
                .toList();
    }
}
