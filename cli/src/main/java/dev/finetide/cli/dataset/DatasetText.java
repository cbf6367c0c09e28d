package dev.finetide.cli.dataset;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.PlaceText;
import dev.finetide.cli.output.Printable;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.Overlap;
import dev.finetide.proto.dataset.v1.ReadFile;
import dev.finetide.proto.dataset.v1.RecipeSource;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.dataset.v1.StepReport;
import dev.finetide.proto.dataset.v1.UploadReport;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Prints a dataset version for people.
public final class DatasetText {
    private static final int FILES_SHOWN = 10;
    private static final Map<String, String> DELIMITERS =
            Map.of(",", "comma", ";", "semicolon", "\t", "tab", "|", "bar", " ", "space");

    private DatasetText() {}

    public static void print(DatasetVersion version, PrintWriter out) {
        print(version, List.of(), out);
    }

    /// @param tags tags that name the version
    static void print(DatasetVersion version, List<String> tags, PrintWriter out) {
        Table table = new Table().row("dataset", Names.brief(version.getName()));
        if (!tags.isEmpty()) {
            table.row("tags", String.join(", ", tags));
        }
        table.row("rows", splits(version)).row("form", form(version.getRowFormat()));
        if (version.getRowFormat() != RowFormat.DOCUMENTS) {
            table.row("answers", version.getJsonAnswers() ? "JSON" : "text");
        }
        if (version.getContentsCount() > 0) {
            table.row("contents", contents(version));
        }
        if (version.getTagColumnsCount() > 0) {
            table.row("tag columns", String.join(", ", version.getTagColumnsList()));
        }
        if (version.hasRecipe()) {
            table.row("made from", parents(version));
        }
        table.row("digest", version.getDigest()).row("created", Formats.time(version.getCreateTime()));
        if (version.hasDeleteTime()) {
            table.row("deleted", Formats.time(version.getDeleteTime()) + ", with its rows");
        }
        addCounts(version, table);
        table.print(out);
        printFiles(version.getFilesList(), out);
        printRefused(version.getReport(), out);
        version.getSplitsList().forEach(split -> printOverlaps(split, out));
        printSteps(version.getStepsList(), out);
        out.flush();
    }

    private static void addCounts(DatasetVersion version, Table table) {
        UploadReport report = version.getReport();
        if (report.getDuplicateRows() > 0) {
            table.row("duplicates", report.getDuplicateRows() + " rows occur more than once (kept)");
        }
        boolean named = version.getSplitsList().stream().anyMatch(split -> split.getOverlappingRows() > 0);
        if (report.getLeakedTestRows() > 0 && !named) {
            table.row("leaked", report.getLeakedTestRows() + " test rows have an input that is also in train (kept)");
        }
        long moved =
                version.getSplitsList().stream().mapToLong(Split::getMovedRows).sum();
        if (moved > 0) {
            table.row("moved", rows(moved) + " to an earlier split that has the same input");
        }
        if (report.getRowsTooLong() > 0) {
            table.row("too long", rows(report.getRowsTooLong()) + " with more tokens than the limit (left out)");
        }
        if (report.getRowsInvalid() > 0) {
            table.row("left out", report.getRowsInvalid() + " invalid rows of " + report.getRowsRead());
        }
    }

    /// Returns "1200 train, 100 validation, 100 test".
    static String splits(DatasetVersion version) {
        if (version.getSplitsCount() == 0) {
            return version.getTrainRows() + " train, " + version.getTestRows() + " test";
        }
        return version.getSplitsList().stream()
                .map(split -> split.getRows() + " " + Printable.line(split.getName()))
                .collect(Collectors.joining(", "));
    }

    /// Returns the versions that a version was made from: "tickets@3 (weight 2), faq@1".
    static String parents(DatasetVersion version) {
        return version.getRecipe().getSourcesList().stream()
                .map(DatasetText::source)
                .collect(Collectors.joining(", "));
    }

    private static String source(RecipeSource source) {
        String weight = source.getWeight() > 0 ? " (weight " + shortest(source.getWeight()) + ")" : "";
        return Names.brief(source.getDatasetVersion()) + weight;
    }

    private static String shortest(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    private static String form(RowFormat format) {
        return switch (format) {
            case CHAT -> "chat";
            case TEXT -> "text, all of which is learnt";
            case DOCUMENTS -> "passages of documents, to be looked up";
            case PROMPT_COMPLETION, ROW_FORMAT_UNSPECIFIED, UNRECOGNIZED -> "prompt and completion";
        };
    }

    /// Returns what the rows have in addition to questions and answers: "tools in 40 rows (first: line
    /// 3 of the train file), tool calls in all rows".
    private static String contents(DatasetVersion version) {
        long all = version.getSplitsCount() == 0
                ? version.getTrainRows() + version.getTestRows()
                : version.getSplitsList().stream().mapToLong(Split::getRows).sum();
        return version.getContentsList().stream()
                .map(count -> name(count.getContent()) + " in "
                        + (count.getRows() == all
                                ? "all rows"
                                : rows(count.getRows()) + " (first: " + PlaceText.of(count.getFirst()) + ")"))
                .collect(Collectors.joining(", "));
    }

    private static String rows(long rows) {
        return rows + (rows == 1 ? " row" : " rows");
    }

    private static String name(RowContent content) {
        return switch (content) {
            case SYSTEM_TURN -> "system turns";
            case TOOLS -> "tools";
            case TOOL_CALLS -> "tool calls";
            case TOOL_RESULTS -> "tool results";
            case REASONING -> "reasoning";
            case SPACED_PROMPT -> "white space at the end of the prompt";
            case ROW_CONTENT_UNSPECIFIED, UNRECOGNIZED -> "other contents";
        };
    }

    /// Prints what each file was found to be.
    private static void printFiles(List<ReadFile> files, PrintWriter out) {
        if (files.isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table("FILE", "SPLIT", "RECORDS", "READ AS", "SIZE");
        files.stream()
                .limit(FILES_SHOWN)
                .forEach(file -> table.row(
                        file.getPath(),
                        file.getSplit().isEmpty() ? "by column" : file.getSplit(),
                        file.getRecords(),
                        readAs(file),
                        Formats.bytes(file.getSizeBytes())));
        table.print(out);
        if (files.size() > FILES_SHOWN) {
            out.println("and " + (files.size() - FILES_SHOWN) + " more files (-o json names all)");
        }
    }

    /// Returns "csv (semicolon, windows-1252, gzip), prompt-completion".
    private static String readAs(ReadFile file) {
        String delimiter = DELIMITERS.getOrDefault(file.getDelimiter(), Printable.line(file.getDelimiter()));
        String details = Stream.of(delimiter, file.getEncoding(), file.getCompression())
                .filter(detail -> !detail.isEmpty())
                .collect(Collectors.joining(", "));
        return file.getContainer() + (details.isEmpty() ? "" : " (" + details + ")") + ", " + file.getShape();
    }

    private static void printRefused(UploadReport report, PrintWriter out) {
        if (report.getInvalidGroupsCount() > 0) {
            out.println();
            out.println("Left out as invalid");
            report.getInvalidGroupsList()
                    .forEach(group -> out.println("  " + rows(group.getRows()) + ": "
                            + Printable.line(group.getReason())
                            + " (" + PlaceText.of(group.getFirstList())
                            + (group.getRows() > group.getFirstCount() ? ", ...)" : ")")));
            return;
        }
        report.getInvalidRowsList()
                .forEach(row -> out.println("  " + RowText.place(row) + ": " + Printable.line(row.getReason())));
    }

    private static void printOverlaps(Split split, PrintWriter out) {
        if (split.getOverlappingRows() == 0) {
            return;
        }
        out.println();
        out.println(rows(split.getOverlappingRows()) + " of " + Printable.line(split.getName())
                + " with an input that is also in an earlier split (kept)");
        split.getOverlapsList().forEach(overlap -> out.println("  " + overlap(split.getName(), overlap)));
        if (split.getOverlappingRows() > split.getOverlapsCount()) {
            out.println("  ... all of them: finetide dataset rows NAME --leaked");
        }
    }

    /// Returns "test row 12 (test.jsonl line 12) = train row 7 (train.jsonl line 7)".
    static String overlap(String split, Overlap overlap) {
        return Printable.line(split) + " row " + overlap.getRowNumber() + " (" + PlaceText.of(overlap.getPlace())
                + ") = " + other(overlap);
    }

    /// Returns the earlier row of an overlap: "train row 7 (train.jsonl line 7)".
    static String other(Overlap overlap) {
        return Printable.line(overlap.getOtherSplit()) + " row " + overlap.getOtherRowNumber() + " ("
                + PlaceText.of(overlap.getOtherPlace()) + ")";
    }

    /// Prints what each step of a recipe took and left.
    private static void printSteps(List<StepReport> steps, PrintWriter out) {
        if (steps.isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table("STEP", "ROWS IN", "ROWS OUT", "LEFT OUT", "CHANGED");
        steps.forEach(step -> table.row(
                step.getStep(),
                step.getRowsIn(),
                step.getRowsOut(),
                step.getRowsIn() - step.getRowsOut(),
                step.getRowsChanged()));
        table.print(out);
    }
}
