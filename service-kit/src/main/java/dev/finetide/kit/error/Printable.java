package dev.finetide.kit.error;

/// A client's text in a form that may stand in messages and logs: printable ASCII, of bounded length.
public final class Printable {
    private static final int LONGEST = 200;

    private Printable() {}

    /// Returns at most 200 characters of the text.
    public static String of(String text) {
        return of(text, LONGEST);
    }

    /// @param longest most characters that are kept; three dots follow if there are more
    public static String of(String text, int longest) {
        String safe = text.replaceAll("[^\\x20-\\x7e]", "?");
        return safe.length() <= longest ? safe : safe.substring(0, longest) + "...";
    }
}
