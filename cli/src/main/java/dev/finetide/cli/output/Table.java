package dev.finetide.cli.output;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Prints rows in columns, each as wide as its widest cell. Nothing is cut: a narrow terminal wraps, a pipe gets
/// all.
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    /// @param head column heads; empty for a list of names and values
    public Table(String... head) {
        if (head.length > 0) {
            rows.add(List.of(head));
        }
    }

    public Table row(Object... cells) {
        rows.add(Arrays.stream(cells)
                .map(cell -> onOneLine(String.valueOf(cell)))
                .toList());
        return this;
    }

    public void print(PrintWriter out) {
        List<Integer> widths = new ArrayList<>();
        for (List<String> row : rows) {
            for (int column = 0; column < row.size(); column++) {
                if (column == widths.size()) {
                    widths.add(0);
                }
                widths.set(column, Math.max(widths.get(column), row.get(column).length()));
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                String cell = row.get(column);
                line.append(cell);
                if (column < row.size() - 1) {
                    line.repeat(' ', widths.get(column) - cell.length() + 2);
                }
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }

    /// Replaces line breaks and control codes, so that foreign text cannot break the table or control the terminal.
    public static String onOneLine(String cell) {
        return Printable.line(cell);
    }
}
