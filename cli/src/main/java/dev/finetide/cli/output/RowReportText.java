package dev.finetide.cli.output;

import dev.finetide.proto.dataset.v1.FoundRow;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFindingCount;
import dev.finetide.proto.training.v1.RowReport;
import java.util.ArrayList;
import java.util.List;

/// Writes what a worker found in the rows as lines for people.
public final class RowReportText {
    private RowReportText() {}

    /// Returns one line for each kind of finding, with the place of the first row.
    public static List<String> findings(RowReport report) {
        return report.getFindingsList().stream().map(RowReportText::line).toList();
    }

    /// Returns how many tokens the train rows have, and what they have in common, a line each.
    public static List<String> tokens(RowReport report) {
        List<String> lines = new ArrayList<>();
        if (report.getTokens() > 0) {
            lines.add("%s tokens, %s of them to learn"
                    .formatted(Formats.count(report.getTokens()), Formats.count(report.getSupervisedTokens())));
        }
        if (report.getSharedTokens() > 0) {
            lines.add("every row begins with the same %s tokens (%s of the %s in all)"
                    .formatted(
                            Formats.count(report.getSharedTokens()),
                            Formats.count(report.getSharedTokens() * report.getTrainRows()),
                            Formats.count(report.getTokens())));
        }
        return lines;
    }

    /// Returns how many rows have a finding, with its words and the place of the first row.
    public static String line(RowFindingCount count) {
        String rows = Formats.count(count.getRows())
                + (count.getRows() == 1 ? " row" : " rows")
                + (count.getLeftOut() ? " left out: " : ": ");
        return rows + words(count.getFinding()) + place(count);
    }

    /// Returns what a finding means.
    public static String words(RowFinding finding) {
        return switch (finding) {
            case TOO_LONG -> "too long";
            case NOT_RENDERED -> "the chat template does not write all that is said";
            case EMPTY_ANSWER -> "the answer is empty";
            case REFUSED_BY_TEMPLATE -> "refused by the chat template";
            case NOTHING_LEARNT -> "nothing is learnt: no turn of an assistant has a weight";
            case BROKEN_PREFIX ->
                "the prompt, tokenised alone, is not what was trained; end prompts without white space and begin"
                        + " completions with it";
            case NO_END_TOKEN -> "no token that ends the answer is learnt";
            case LONG_ANSWER -> "the expected answer is longer than the evaluation allows";
            case ROW_FINDING_UNSPECIFIED, UNRECOGNIZED -> finding.name();
        };
    }

    private static String place(RowFindingCount count) {
        if (count.getFirstCount() == 0) {
            return "";
        }
        FoundRow first = count.getFirst(0);
        String where = PlaceText.of(first.getPlace());
        String field = first.getField();
        String both = where + (where.isEmpty() || field.isEmpty() ? "" : ", ") + field;
        return both.isEmpty() ? "" : " (" + (count.getRows() == 1 ? "" : "first ") + both + ")";
    }
}
