package dev.finetide.metrics.json;

import java.util.ArrayDeque;
import java.util.Deque;
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
            int end = end(text, i);
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

    /// Returns the position after the bracket that closes the one at `start`, -1 where none does.
    private static int end(String text, int start) {
        Deque<Character> open = new ArrayDeque<>();
        boolean inString = false;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (inString) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    inString = false;
                }
                continue;
            }
            switch (c) {
                case '"' -> inString = true;
                case '{' -> open.push('}');
                case '[' -> open.push(']');
                case '}', ']' -> {
                    if (open.pop() != c) {
                        return -1;
                    }
                    if (open.isEmpty()) {
                        return i + 1;
                    }
                }
                default -> {}
            }
        }
        return -1;
    }
}
