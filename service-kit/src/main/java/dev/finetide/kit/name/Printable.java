package dev.finetide.kit.name;

/// Makes text of a client fit to stand in an error message.
public final class Printable {
    private Printable() {}

    /// Returns the text with a question mark for each character that is not printable ASCII.
    ///
    /// @param longest characters to keep; the rest becomes three dots
    public static String text(String text, int longest) {
        String safe = text.replaceAll("[^\\x20-\\x7e]", "?");
        return safe.length() <= longest ? safe : safe.substring(0, longest) + "...";
    }
}
