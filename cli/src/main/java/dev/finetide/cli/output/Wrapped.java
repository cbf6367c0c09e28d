package dev.finetide.cli.output;

import java.util.ArrayList;
import java.util.List;

/// Breaks sentences into lines, so that a page fits into a window of usual width.
public final class Wrapped {
    /// Width of a page in characters.
    public static final int WIDTH = 100;

    private Wrapped() {}

    /// Breaks a text between words into lines of at most [#WIDTH] characters. A longer word stays whole.
    ///
    /// @param first text before the first line, such as "  - "
    /// @param next  text before each further line, of the same width
    public static List<String> lines(String first, String next, String text) {
        return lines(first, next, text, WIDTH);
    }

    /// Breaks a text between words into lines of at most this width. A longer word stays whole.
    ///
    /// @param first text before the first line, such as "  - "
    /// @param next  text before each further line, of the same width
    public static List<String> lines(String first, String next, String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(first);
        boolean empty = true;
        for (String word : Table.onOneLine(text.strip()).split(" +")) {
            if (!empty && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
                line.append(next);
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
        }
        lines.add(line.toString());
        return lines;
    }
}
