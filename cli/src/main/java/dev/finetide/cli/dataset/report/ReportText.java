package dev.finetide.cli.dataset.report;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Printable;
import dev.finetide.cli.output.Wrapped;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReason;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.proto.dataset.v1.Unmeasured;
import dev.finetide.proto.work.v1.State;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/// Prints a report for people, at most 80 columns wide: the verdict first, with its reasons and their
/// rows, then what was measured, and last what was not.
final class ReportText {
    private static final int EXAMPLES_OF_A_PART = 3;
    private static final String BEFORE_ROW = "      ";
    private static final String BEFORE_TEXT = BEFORE_ROW + "  ";

    private final DatasetReport report;
    private final ExampleTexts texts;
    private final TextChart charts;
    private final PrintWriter out;

    ReportText(DatasetReport report, ExampleTexts texts, TextChart charts, PrintWriter out) {
        this.report = report;
        this.texts = texts;
        this.charts = charts;
        this.out = out;
    }

    void print() throws IOException {
        String base = report.getBase().isEmpty() ? "" : ", as " + Names.brief(report.getBase()) + " reads it";
        line(Names.brief(report.getDatasetVersion()) + base);
        if (report.hasError()) {
            wrapped("", "", "the report failed: " + report.getError().getMessage());
        }
        if (report.getReport().hasVerdict()) {
            verdict(report.getReport().getVerdict());
        } else if (report.getState() != State.SUCCEEDED) {
            wrapped("", "", unfinished(report));
        }
        for (ReportPart part : ReportPieces.of(report.getReport())) {
            print(part);
        }
        unmeasured(report.getReport().getUnmeasuredList());
        out.flush();
    }

    /// Says how far a report is that has not succeeded.
    static String unfinished(DatasetReport report) {
        int sections = report.getReport().getDoneCount();
        return switch (report.getState()) {
            case FAILED -> "the report failed after %d sections".formatted(sections);
            case CANCELLED, CANCELLING -> "the report was cancelled after %d sections".formatted(sections);
            default ->
                "the report is being made (%s, %d sections so far); --wait waits for it"
                        .formatted(report.getState().name().toLowerCase(Locale.ROOT), sections);
        };
    }

    private void verdict(SuitabilityVerdict verdict) throws IOException {
        wrapped("", "", verdict.getSentence());
        for (SuitabilityReason reason : verdict.getReasonsList()) {
            wrapped(reason.getSpeaksFor() ? "  + " : "  - ", "    ", reason.getSentence());
            examples(reason.getRowsList());
        }
        List<String> steps = verdict.getNextStepsList();
        if (!steps.isEmpty()) {
            line("next");
            steps.forEach(step -> command("  " + step));
        }
    }

    private void print(ReportPart part) throws IOException {
        line("");
        line(part.title());
        for (String fact : part.facts()) {
            wrapped("  ", "    ", fact);
        }
        for (Chart chart : part.charts()) {
            charts.lines(chart).forEach(out::println);
        }
        examples(part.examples());
        if (part.examples().size() > EXAMPLES_OF_A_PART) {
            String base = report.getBase().isEmpty() ? "" : " --base " + Names.typed(report.getBase());
            command(BEFORE_ROW + "more of them: finetide dataset report "
                    + Names.typed(report.getDatasetVersion()) + base + " --found "
                    + FoundKinds.word(part.examples().getFirst().getKind()));
        }
    }

    private void examples(List<RowFound> rows) throws IOException {
        for (RowFound row : rows.subList(0, Math.min(EXAMPLES_OF_A_PART, rows.size()))) {
            wrapped(BEFORE_ROW, BEFORE_ROW + "  ", Numbers.row(row));
            said(row);
        }
    }

    /// Prints what a row says, and the row that it is compared with.
    void said(RowFound row) throws IOException {
        texts.of(row).ifPresent(this::excerpt);
        texts.ofOther(row).ifPresent(this::excerpt);
    }

    /// Prints the first two lines of each side.
    private void excerpt(ExampleTexts.Said said) {
        for (String side : said.lines()) {
            String rest = Printable.line(side.strip());
            String first = Printable.cut(rest, TextChart.COLUMNS - BEFORE_TEXT.length());
            if (first.length() < rest.length() || !first.equals(rest)) {
                int end = first.length() - 1;
                int space = first.lastIndexOf(' ', end);
                end = space > end / 2 ? space : end;
                line(BEFORE_TEXT + rest.substring(0, end));
                rest = rest.substring(end).strip();
            }
            line(BEFORE_TEXT + rest);
        }
    }

    private void unmeasured(List<Unmeasured> unmeasured) {
        if (unmeasured.isEmpty()) {
            return;
        }
        line("");
        line("Not measured");
        for (Unmeasured one : unmeasured) {
            wrapped("  ", "    ", one.getWhat() + ": " + one.getWhy());
        }
    }

    /// Prints a command on one line, however long, so that it can be pasted.
    private void command(String line) {
        out.println(Printable.line(line));
    }

    private void wrapped(String first, String next, String text) {
        Wrapped.lines(first, next, text, TextChart.COLUMNS).forEach(out::println);
    }

    private void line(String text) {
        out.println(Printable.cut(Printable.line(text), TextChart.COLUMNS));
    }
}
