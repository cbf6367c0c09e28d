package dev.finetide.dataset.row;

/// Why one row cannot be used. The reason names the place inside the row and what was expected, never the row's text;
/// unknown key names are the one thing it quotes.
public final class RowFault extends Exception {
    private static final int LONGEST_KEY = 64;

    private static final int LONGEST_REASON = 240;

    public RowFault(String reason) {
        // A refused row is data: no stack trace for each of ten million.
        super(
                reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "...",
                null,
                false,
                false);
    }

    /// A key as part of a path: as it is where it is a plain word.
    static String segment(String key) {
        return key.matches("[A-Za-z0-9_-]{1,64}") ? key : quoted(key);
    }

    /// A key of the row as it may stand in a reason: printable, bounded.
    static String quoted(String key) {
        String printable = key.replaceAll("[^\\x20-\\x7e]", "?");
        return '"'
                + (printable.length() <= LONGEST_KEY ? printable : printable.substring(0, LONGEST_KEY) + "...")
                + '"';
    }
}
