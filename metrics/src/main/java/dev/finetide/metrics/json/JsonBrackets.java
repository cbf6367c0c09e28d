package dev.finetide.metrics.json;

import java.util.ArrayDeque;
import java.util.Deque;

/// Finds the bracket that closes another one in a text that is JSON or nearly so.
public final class JsonBrackets {
    private JsonBrackets() {}

    /// Returns the position after the bracket that closes the one at `start`, -1 where none does.
    public static int end(String text, int start) {
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
