package dev.finetide.dataset.row;

import dev.finetide.kit.error.Printable;

/// Reason why a row cannot be used: a clause that stands alone, "messages[1] has no role". The reason names the place
/// in the row and what was expected, and never quotes
/// the row's text, except for the names of unknown keys.
public final class RowFault extends Exception {
    private static final int LONGEST_KEY = 64;

    private static final int LONGEST_REASON = 240;

    public RowFault(String reason) {
        // A refused row is data: ten million of them must not cost a stack trace each.
        super(
                reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "...",
                null,
                false,
                false);
    }

    /// Returns the words for an object in a row, with which a reason begins.
    ///
    /// @param path place of the object in the row; empty for the row itself
    static String subject(String path) {
        return path.isEmpty() ? "the row" : path;
    }

    /// Writes a key as part of a path: unchanged if it is a plain word, otherwise quoted.
    static String segment(String key) {
        return key.matches("[A-Za-z0-9_-]{1,64}") ? key : quoted(key);
    }

    /// Quotes a key of the row for a reason: printable and limited in length.
    static String quoted(String key) {
        return '"' + Printable.of(key, LONGEST_KEY) + '"';
    }
}
