package dev.finetide.cli.eval;

import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.RowReportText;
import dev.finetide.cli.output.Wrapped;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Recommendation;
import dev.finetide.proto.evaluation.v1.Score;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Prints a report for people: the arms' scores and costs, their comparisons, and the recommendation.
///
/// @param report       numbers of a whole evaluation
/// @param pricePerHour price of the machine for an hour, for the costs in money; 0 if it is not known
public record ReportPage(EvaluationReport report, double pricePerHour) {
    private static final double MS = 1000;
    private static final double SECONDS_AN_HOUR = 3600;
    private static final double REQUESTS = 1000;

    /// A page without costs in money.
    public ReportPage(EvaluationReport report) {
        this(report, 0);
    }

    /// Prints everything. Each line has at most [Wrapped#WIDTH] characters, if names and numbers allow it.
    public void print(PrintWriter out) {
        scores().print(out);
        ArmColumns costs = costs();
        if (!costs.isEmpty()) {
            out.println();
            costs.print(out);
        }
        printNotes(out);
        printComparisons(out);
        if (report.hasJudging()) {
            JudgeText judge = new JudgeText(report.getJudging());
            out.println();
            printList(judge.head(), judge.sentences(), out);
        }
        SliceText slices = new SliceText(report);
        if (!slices.findings().isEmpty()) {
            out.println();
            printList("Slices that say something else, of " + slices.count(), slices.findings(), out);
        }
        List<String> behaviours = new BehaviourText(report).sentences();
        if (!behaviours.isEmpty()) {
            out.println();
            printList("Beside the task, against the base", behaviours, out);
        }
        printRecommendation(out);
        out.flush();
    }

    /// Returns the name of the metric that decides; empty if there is none.
    public String primary() {
        return report.getMetricsCount() == 0 ? "" : report.getMetrics(0);
    }

    /// Returns the arms with their scores.
    public ArmColumns scores() {
        ArmColumns table = new ArmColumns(report.getArmsList());
        table.column("ROWS", arm -> Formats.count(arm.getRows()));
        for (String metric : report.getMetricsList()) {
            table.column(MetricText.head(metric), arm -> cell(arm, metric));
        }
        return table;
    }

    private String cell(ArmReport arm, String metric) {
        Score score = arm.getScoresMap().get(metric);
        boolean first = metric.equals(primary());
        if (score == null) {
            return first && arm.hasError() ? "failed" : "-";
        }
        return first ? MetricText.withInterval(score) : MetricText.value(score.getValue());
    }

    /// Returns the arms with what a request and the training cost; empty if nothing is known.
    public ArmColumns costs() {
        ArmColumns table = new ArmColumns(report.getArmsList())
                .columnIfAny("TOKENS IN", arm -> number(arm.getPromptTokens()))
                .columnIfAny("OUT", arm -> number(arm.getCompletionTokens()))
                .columnIfAny("P50 S", arm -> small(arm.getLatencyP50Seconds()))
                .columnIfAny("P95 S", arm -> small(arm.getLatencyP95Seconds()))
                .columnIfAny("REQUESTS/S", arm -> small(arm.getRequestsPerSecond()));
        table.columnIfAny("PRICE OF 1,000", this::priceOfRequests).columnIfAny("PAID", arm -> small(arm.getPrice()));
        table.columnIfAny("TRAINED", ReportPage::trained);
        return pricePerHour > 0
                ? table.columnIfAny("PRICE", arm -> small(arm.getTrainSeconds() / SECONDS_AN_HOUR * pricePerHour))
                : table;
    }

    private String priceOfRequests(ArmReport arm) {
        return small(priceOf1000Requests(arm));
    }

    /// Returns what 1,000 requests to an arm cost: by the prices of its endpoint, or by the machine's price for an
    /// hour; 0 if that is not known.
    public double priceOf1000Requests(ArmReport arm) {
        if (arm.getModel() == ArmModel.ENDPOINT || arm.getModel() == ArmModel.FROZEN) {
            return arm.getPriceOf1000Requests();
        }
        return arm.getRequestsPerSecond() > 0
                ? REQUESTS / arm.getRequestsPerSecond() / SECONDS_AN_HOUR * pricePerHour
                : 0;
    }

    private static String number(double value) {
        return value > 0 ? Formats.count(value) : "-";
    }

    /// Writes a positive number with three digits that count; "-" for 0.
    private static String small(double value) {
        if (!(value > 0)) {
            return "-";
        }
        return String.format(Locale.ROOT, value < 0.1 ? "%.4f" : value < 10 ? "%.2f" : "%,.1f", value);
    }

    /// Writes time and peak memory of the training: "50.2 s, 472.3 MB".
    private static String trained(ArmReport arm) {
        if (!(arm.getTrainSeconds() > 0)) {
            return "-";
        }
        String memory = arm.getTrainPeakMemoryBytes() > 0 ? ", " + Formats.bytes(arm.getTrainPeakMemoryBytes()) : "";
        return Formats.duration(Duration.ofMillis((long) (arm.getTrainSeconds() * MS))) + memory;
    }

    /// Prints what a reader must know in addition to the numbers: failures, cut answers, examples that
    /// did not fit.
    private void printNotes(PrintWriter out) {
        List<String> notes = notes();
        if (!notes.isEmpty()) {
            out.println();
            notes.forEach(note -> Wrapped.lines("", "  ", note).forEach(out::println));
        }
    }

    /// Returns the sentences about failures, cut answers and examples that did not fit.
    public List<String> notes() {
        return Stream.concat(
                        report.getArmsList().stream().flatMap(this::notes),
                        RowReportText.findings(report.getRowReport()).stream())
                .toList();
    }

    private Stream<String> notes(ArmReport arm) {
        Stream.Builder<String> notes = Stream.builder();
        if (arm.hasError()) {
            notes.add(arm.getArm() + " failed: " + arm.getError().getMessage());
        }
        if (arm.getUnansweredRows() > 0) {
            notes.add(arm.getArm() + ": " + rows(arm.getUnansweredRows())
                    + " got no answer, which counts as an empty one; " + arm.getFirstRowError());
        }
        if (arm.getCutOutputs() > 0) {
            notes.add(arm.getArm() + ": " + rows(arm.getCutOutputs()) + " had an answer that was cut");
        }
        if (arm.getDroppedExamples() > 0) {
            notes.add(arm.getArm() + ": " + rows(arm.getShortenedRows()) + " lacked " + arm.getDroppedExamples()
                    + " examples that did not fit");
        }
        if (arm.getDroppedPassages() > 0) {
            notes.add(arm.getArm() + ": " + Formats.count(arm.getDroppedPassages()) + " passages did not fit");
        }
        arm.getCautionsList().stream()
                .filter(caution -> !report.getRecommendation().getCautionsList().contains(caution))
                .forEach(notes::add);
        if (arm.getBreakEvenRequests() > 0) {
            notes.add(arm.getArm() + " has paid for its training after " + Formats.count(arm.getBreakEvenRequests())
                    + " requests, by computing time alone");
        }
        if (arm.getRepeatValuesCount() > 1) {
            notes.add(arm.getArm() + ": each draw alone "
                    + String.join(
                            ", ",
                            arm.getRepeatValuesList().stream()
                                    .map(MetricText::value)
                                    .toList()));
        }
        arm.getScoresMap().entrySet().stream()
                .filter(score -> score.getValue().getFailedRows() > 0)
                .sorted(Map.Entry.comparingByKey())
                .forEach(score -> notes.add(arm.getArm() + ": " + score.getKey() + " failed on "
                        + rows(score.getValue().getFailedRows()) + ", which do not count"));
        return notes.build();
    }

    private static String rows(long rows) {
        return Formats.count(rows) + (rows == 1 ? " row" : " rows");
    }

    /// Returns the comparisons of the arms that matter with all others, and what this number of rows
    /// can show.
    public List<String> comparisons() {
        return Stream.concat(
                        new ComparisonText(report).sentences(subjects()).stream(),
                        Stream.of(detectable()).filter(sentence -> !sentence.isEmpty()))
                .toList();
    }

    private String detectable() {
        return report.getDetectableDifference() > 0
                ? rows(report.getRows()) + " show a difference of "
                        + MetricText.value(report.getDetectableDifference())
                        + " or more (with 80 % power)." + looks()
                : "";
    }

    private void printComparisons(PrintWriter out) {
        ComparisonText text = new ComparisonText(report);
        List<String> sentences = text.sentences(subjects());
        if (!sentences.isEmpty()) {
            out.println();
            out.println("By " + primary() + ", with 95 % intervals");
            sentences.forEach(sentence -> Wrapped.lines("  ", "    ", sentence).forEach(out::println));
        }
        if (!detectable().isEmpty()) {
            Wrapped.lines("", "", detectable()).forEach(out::println);
        }
        subjects().stream()
                .findFirst()
                .flatMap(this::arm)
                .filter(arm -> arm.getConfusedCount() > 0)
                .ifPresent(arm -> {
                    String pairs = String.join(
                            ", ",
                            arm.getConfusedList().stream()
                                    .map(pair -> pair.getExpected() + " -> " + Formats.orDash(pair.getAnswer()) + " ("
                                            + pair.getRows() + ")")
                                    .toList());
                    Wrapped.lines("", "  ", arm.getArm() + " confuses most often " + pairs)
                            .forEach(out::println);
                });
    }

    private String looks() {
        return report.getSplitLooks() > 1
                ? " This is evaluation " + report.getSplitLooks()
                        + " of these rows; the more often they decide, the less they say about new ones."
                : "";
    }

    /// Returns the arms that are compared with all others: the recommended one, then the run's result;
    /// all arms if there is neither.
    public List<String> subjects() {
        List<String> subjects = Stream.concat(
                        Stream.of(report.getRecommendation().getArm()).filter(name -> !name.isEmpty()),
                        tuned(report).map(ArmReport::getArm).stream())
                .distinct()
                .toList();
        return subjects.isEmpty()
                ? report.getArmsList().stream().map(ArmReport::getArm).toList()
                : subjects;
    }

    private Optional<ArmReport> arm(String name) {
        return report.getArmsList().stream()
                .filter(arm -> arm.getArm().equals(name))
                .findFirst();
    }

    /// Returns the name of the arm that matters most: the recommended one, or the run's result, or the last one.
    public Optional<String> chosen() {
        return Optional.of(report.getRecommendation().getArm())
                .filter(name -> !name.isEmpty())
                .or(() -> tuned(report)
                        .or(() -> report.getArmsList().stream().reduce((_, last) -> last))
                        .map(ArmReport::getArm));
    }

    /// Returns the arm of the run's result.
    public static Optional<ArmReport> tuned(EvaluationReport report) {
        return report.getArmsList().stream()
                .filter(arm -> arm.getModel() == ArmModel.TUNED)
                .findFirst();
    }

    private void printRecommendation(PrintWriter out) {
        Recommendation recommendation = report.getRecommendation();
        if (recommendation.getAdvice().isEmpty()) {
            return;
        }
        out.println();
        Wrapped.lines("What to do: ", "  ", recommendation.getAdvice()).forEach(out::println);
        printList("Why", recommendation.getReasonsList(), out);
        printList("What would change the answer", recommendation.getWouldChangeList(), out);
        printList("But look at", recommendation.getCautionsList(), out);
    }

    private static void printList(String head, List<String> items, PrintWriter out) {
        if (!items.isEmpty()) {
            out.println(head);
            items.forEach(item -> Wrapped.lines("  - ", "    ", item).forEach(out::println));
        }
    }
}
