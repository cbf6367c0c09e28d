package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Budget;

/// Finds a part in texts in time that grows with the length of the text alone, whatever the text and the part are: the
/// algorithm of Knuth, Morris and Pratt for long parts. `String.indexOf` may need the product of the two lengths.
final class TextSearch {
    /// Length of a part, in characters, up to which `String.indexOf` is fast enough.
    private static final int SHORT = 16;

    private final String part;
    private final Budget budget;
    /// Length of the longest proper prefix that ends at each position of the part, read in the direction of the search;
    /// null for a short part.
    private final int[] forward;

    private int[] backward;

    TextSearch(String part, Budget budget) {
        this.part = part;
        this.budget = budget;
        this.forward = part.length() <= SHORT ? null : table(false);
    }

    /// Returns the first position of the part from `from` on, or -1.
    int first(String text, int from) {
        if (forward == null) {
            return charged(text.indexOf(part, from), text.length() - from, from);
        }
        int matched = 0;
        for (int i = from; i < text.length(); i++) {
            budget.characters(1);
            matched = next(forward, matched, text.charAt(i), false);
            if (matched == part.length()) {
                return i - matched + 1;
            }
        }
        return -1;
    }

    /// Returns the last position of the part that ends at or before `to`, or -1.
    int last(String text, int to) {
        if (forward == null) {
            int at = to < part.length() ? -1 : text.lastIndexOf(part, to - part.length());
            budget.characters(at < 0 ? to : to - at);
            return at;
        }
        backward = backward == null ? table(true) : backward;
        int matched = 0;
        for (int i = to - 1; i >= 0; i--) {
            budget.characters(1);
            matched = next(backward, matched, text.charAt(i), true);
            if (matched == part.length()) {
                return i;
            }
        }
        return -1;
    }

    /// Charges a finished search of at most a whole text: what was passed over up to the place where the part was.
    private int charged(int at, int length, int from) {
        budget.characters(at < 0 ? Math.max(0, length) : at - from + 1L);
        return at;
    }

    private int next(int[] table, int soFar, char c, boolean reversed) {
        int matched = soFar;
        while (matched > 0 && (matched == part.length() || at(matched, reversed) != c)) {
            matched = table[matched - 1];
        }
        return at(matched, reversed) == c ? matched + 1 : matched;
    }

    private char at(int i, boolean reversed) {
        return part.charAt(reversed ? part.length() - 1 - i : i);
    }

    private int[] table(boolean reversed) {
        budget.characters(part.length());
        budget.make(2L * part.length());
        int[] table = new int[part.length()];
        for (int i = 1; i < table.length; i++) {
            int matched = table[i - 1];
            while (matched > 0 && at(matched, reversed) != at(i, reversed)) {
                matched = table[matched - 1];
            }
            table[i] = at(matched, reversed) == at(i, reversed) ? matched + 1 : 0;
        }
        return table;
    }
}
