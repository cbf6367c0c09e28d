package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.PlaceText;
import dev.finetide.cli.output.Printable;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowChange;
import java.io.PrintWriter;
import java.util.List;

/// Prints the difference of two versions for people.
///
/// @param columns      width at which a row's text is cut; 0 to print all of it
/// @param withExamples whether examples are printed
record DiffText(DatasetDiff diff, int columns, boolean withExamples) {
    void print(PrintWriter out) {
        String before = Names.brief(diff.getOld());
        String after = Names.brief(diff.getNew());
        out.println(before + " -> " + after + ": " + diff.getAdded() + " added, " + diff.getRemoved() + " removed, "
                + diff.getChanged() + " changed, " + diff.getUnchanged() + " unchanged");
        if (diff.getSplitsCount() > 0) {
            out.println();
            Table table = new Table("SPLIT", before, after, "DIFFERENCE");
            diff.getSplitsList()
                    .forEach(split -> table.row(
                            split.getSplit(),
                            split.getOldRows(),
                            split.getNewRows(),
                            "%+d".formatted(split.getNewRows() - split.getOldRows())));
            table.print(out);
        }
        if (withExamples) {
            print(
                    "Added",
                    diff.getExamplesList().stream()
                            .filter(example -> !example.hasOld())
                            .toList(),
                    out);
            print(
                    "Removed",
                    diff.getExamplesList().stream()
                            .filter(example -> !example.hasNew())
                            .toList(),
                    out);
            print(
                    "Changed",
                    diff.getExamplesList().stream()
                            .filter(example -> example.hasOld() && example.hasNew())
                            .toList(),
                    out);
        }
        out.flush();
    }

    private void print(String head, List<RowChange> examples, PrintWriter out) {
        if (examples.isEmpty()) {
            return;
        }
        out.println();
        out.println(head);
        for (RowChange example : examples) {
            if (example.hasOld()) {
                print("-", example.getOld(), out);
            }
            if (example.hasNew()) {
                print("+", example.getNew(), out);
            }
        }
    }

    private void print(String sign, Row row, PrintWriter out) {
        String place = PlaceText.of(row.getPlace());
        out.println(sign + " " + Printable.line(row.getSplit()) + " row " + row.getNumber()
                + (place.isEmpty() ? "" : "  " + place)
                + (row.getTagsCount() == 0
                        ? ""
                        : "  " + Printable.line(row.getTagsMap().toString())));
        new RowText(columns).print(row.getJson(), sign + "   ", out);
    }
}
