package dev.finetide.metrics.json;

import java.util.Optional;

/// Finds JSON in the middle of a text, as between sentences or in a fence of Markdown.
public final class FirstJson {
    /// A text of nothing but brackets is searched from so many of them only.
    private static final int MOST_STARTS = 100;

    private FirstJson() {}

    /// Returns the first object or array that is JSON; where there is none, the first one whose
    /// brackets are balanced.
    public static Optional<String> in(String text) {
        Optional<String> balanced = Optional.empty();
        int starts = 0;
        for (int i = 0; i < text.length() && starts < MOST_STARTS; i++) {
            if (text.charAt(i) != '{' && text.charAt(i) != '[') {
                continue;
            }
            starts++;
            int end = JsonBrackets.end(text, i);
            if (end < 0) {
                continue;
            }
            String found = text.substring(i, end);
            if (JsonText.parse(found).isPresent()) {
                return Optional.of(found);
            }
            if (balanced.isEmpty()) {
                balanced = Optional.of(found);
            }
        }
        return balanced;
    }
}
