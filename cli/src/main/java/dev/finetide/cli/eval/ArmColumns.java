package dev.finetide.cli.eval;

import dev.finetide.cli.output.Table;
import dev.finetide.cli.output.Wrapped;
import dev.finetide.proto.evaluation.v1.ArmReport;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// A table with one row for each arm. Columns that do not fit into a page's width go into a further table below.
public final class ArmColumns {
    private static final int GAP = 2;

    private final List<ArmReport> arms;
    private final List<String> names;
    private final List<List<String>> columns = new ArrayList<>();

    ArmColumns(List<ArmReport> arms) {
        this.arms = arms;
        this.names = Stream.concat(Stream.of("ARM"), arms.stream().map(ArmReport::getArm))
                .toList();
    }

    ArmColumns column(String head, Function<ArmReport, String> cell) {
        columns.add(Stream.concat(Stream.of(head), arms.stream().map(cell)).toList());
        return this;
    }

    /// Adds a column that is left out where it would be empty.
    ArmColumns columnIfAny(String head, Function<ArmReport, String> cell) {
        return arms.stream().map(cell).allMatch("-"::equals) ? this : column(head, cell);
    }

    /// Returns the rows as texts: the heads first, then one row for each arm with its name in the first
    /// place.
    public List<List<String>> cells() {
        List<List<String>> rows = new ArrayList<>();
        for (int row = 0; row < names.size(); row++) {
            int index = row;
            rows.add(Stream.concat(Stream.of(names.get(row)), columns.stream().map(column -> column.get(index)))
                    .toList());
        }
        return rows;
    }

    public boolean isEmpty() {
        return columns.isEmpty();
    }

    void print(PrintWriter out) {
        int from = 0;
        while (from < columns.size()) {
            int to = from + 1;
            int width = width(names) + width(columns.get(from));
            while (to < columns.size() && width + width(columns.get(to)) - GAP <= Wrapped.WIDTH) {
                width += width(columns.get(to++));
            }
            if (from > 0) {
                out.println();
            }
            print(columns.subList(from, to), out);
            from = to;
        }
    }

    private void print(List<List<String>> shown, PrintWriter out) {
        Table table = new Table();
        for (int row = 0; row < names.size(); row++) {
            int index = row;
            table.row(Stream.concat(Stream.of(names.get(row)), shown.stream().map(column -> column.get(index)))
                    .toArray());
        }
        table.print(out);
    }

    /// Returns the width of a column with the gap after it, in characters.
    private static int width(List<String> cells) {
        return cells.stream().mapToInt(String::length).max().orElse(0) + GAP;
    }
}
