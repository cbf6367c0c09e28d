package dev.finetide.suitability.label;

import dev.finetide.metrics.Task;
import dev.finetide.metrics.stats.Wilson;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.LabelIssuesSection.LabelPair;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Shares;
import dev.finetide.suitability.linear.LinearClassifier;
import dev.finetide.suitability.linear.TextTerms;
import dev.finetide.suitability.near.NearGroups;
import dev.finetide.suitability.relation.TrainRows;
import dev.finetide.suitability.sample.Folds;
import dev.finetide.suitability.sample.RowSample;
import dev.finetide.suitability.sample.SampledRow;
import dev.finetide.suitability.sample.Spread;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// Finds labels that are probably wrong: a linear model of words gives each row probabilities without having learnt it,
/// and [ConfidentLearning] holds them against the labels.
///
/// Each finding names the label that the model suggests. A file for `dataset derive --relabel` has a line for each
/// finding: `{"id": RowFound.id, "answer": RowFound.suggestion}`.
public final class LabelIssues implements Section {
    private static final String WHAT = "label issues";

    /// Rows that a label needs, so that each fold has one.
    static final int FEWEST_OF_A_LABEL = Folds.USUAL;

    /// Rows below which probabilities say nothing.
    static final int FEWEST_ROWS = 50;

    /// Characters of all questions, which bound the time.
    private static final long MOST_CHARACTERS = 16_000_000;

    private static final int MOST_EXAMPLES = 50;
    private static final int MOST_PAIRS = 20;
    private static final int VISITS = 100_000;
    private static final int MOST_EPOCHS = 40;
    private static final long SEED = 27;

    private final TrainRows train;

    public LabelIssues(TrainRows train) {
        this.train = train;
    }

    /// A row whose label is probably wrong.
    ///
    /// @param confidence probability that the model gives to the row's own label
    private record Issue(SampledRow row, String given, String suggested, double confidence) {}

    @Override
    public ReportSection kind() {
        return ReportSection.LABEL_ISSUES;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        NotMeasured notMeasured = new NotMeasured(kind(), report);
        Task task = train.sample().task(rows, report);
        List<SampledRow> sample = train.sample().train(rows);
        if (task != Task.CLASSIFICATION || sample.isEmpty()) {
            notMeasured.add(
                    WHAT,
                    sample.isEmpty()
                            ? "no row to learn from has a question and an answer"
                            : "the answers are no classes: their task is " + task.name());
            return;
        }
        List<SampledRow> usable = usable(sample, notMeasured);
        Labels labels = Labels.of(usable);
        if (usable.size() < FEWEST_ROWS || labels.names().size() < 2) {
            notMeasured.add(
                    WHAT,
                    format(
                            "%,d rows of labels with %d rows or more, of %d labels, are too few: %d rows of 2 labels are needed",
                            usable.size(), FEWEST_OF_A_LABEL, labels.names().size(), FEWEST_ROWS));
            return;
        }
        long all = RowSample.learnt(rows).map(rows::rows).orElse(0L);
        if (usable.size() < all) {
            notMeasured.add(WHAT, format("%,d of %,d train rows were looked at", usable.size(), all));
        }
        measure(usable, labels, found, report, notMeasured);
    }

    private void measure(
            List<SampledRow> rows,
            Labels labels,
            FoundRows found,
            SuitabilityReport.Builder report,
            NotMeasured notMeasured)
            throws IOException {
        double[][] probabilities = probabilities(rows, labels);
        ConfidentLearning learning = new ConfidentLearning(labels.of(), probabilities);
        int right = 0;
        for (int row = 0; row < rows.size(); row++) {
            right += learning.mostProbable(row) == labels.of()[row] ? 1 : 0;
        }
        int most = IntStream.of(labels.rows()).max().orElseThrow();
        if (Wilson.interval(right, rows.size()).low() <= (double) most / rows.size()) {
            notMeasured.add(
                    WHAT,
                    format(
                            "the model of words answers %,d of %,d rows right, and the most frequent label %,d: it knows too little to doubt labels",
                            right, rows.size(), most));
            return;
        }
        List<Issue> issues = new ArrayList<>();
        learning.issues().stream()
                .mapToObj(row -> new Issue(
                        rows.get(row),
                        labels.name(row),
                        labels.names().get(learning.mostProbable(row)),
                        probabilities[row][labels.of()[row]]))
                .sorted(Comparator.comparingDouble(Issue::confidence)
                        .thenComparingLong(issue -> issue.row().number()))
                .forEach(issues::add);
        var section = report.getLabelIssuesBuilder()
                .setSuspected(Shares.of(issues.size(), rows.size()))
                .setFolds(Folds.USUAL)
                .setNoiseRate(learning.noiseRate())
                .addAllPairs(pairs(issues));
        for (int i = 0; i < issues.size(); i++) {
            Issue issue = issues.get(i);
            RowFound row = issue.row()
                    .found(FoundKind.LABEL_ISSUE)
                    .setValue(issue.confidence())
                    .setSuggestion(issue.suggested())
                    .build();
            found.add(row);
            if (i < MOST_EXAMPLES) {
                section.addExamples(row);
            }
        }
    }

    /// Leaves out rows of labels that are too rare, and rows beyond the bound of time.
    private static List<SampledRow> usable(List<SampledRow> sample, NotMeasured notMeasured) {
        long characters =
                sample.stream().mapToLong(row -> row.question().length()).sum();
        int most =
                (int) Math.min(sample.size(), sample.size() * MOST_CHARACTERS / Math.max(MOST_CHARACTERS, characters));
        List<SampledRow> rows = Spread.over(sample, most);
        Labels labels = Labels.of(rows);
        int[] rowsOf = labels.rows();
        List<SampledRow> usable = IntStream.range(0, rows.size())
                .filter(row -> rowsOf[labels.of()[row]] >= FEWEST_OF_A_LABEL)
                .mapToObj(rows::get)
                .toList();
        if (usable.size() < rows.size()) {
            notMeasured.add(
                    WHAT,
                    format(
                            "%,d rows have a label with fewer than %d rows",
                            rows.size() - usable.size(), FEWEST_OF_A_LABEL));
        }
        return usable;
    }

    /// Returns rows x labels: probabilities of models that have not learnt the row, nor one that is near to it.
    private double[][] probabilities(List<SampledRow> rows, Labels labels) throws IOException {
        int[] groups = NearGroups.find(rows, train.scratch()).of();
        List<String> names =
                IntStream.range(0, rows.size()).mapToObj(labels::name).toList();
        Folds folds = Folds.deal(groups, names, Folds.USUAL);
        List<long[]> terms = rows.stream()
                .map(row -> TextTerms.wordsAndPairs(row.question()))
                .toList();
        double[][] probabilities = new double[rows.size()][labels.names().size()];
        IntStream.range(0, folds.count()).parallel().forEach(fold -> {
            int[] learnt = IntStream.range(0, rows.size())
                    .filter(row -> folds.of()[row] != fold)
                    .toArray();
            List<String> given = IntStream.of(learnt).mapToObj(names::get).toList();
            int[] asked = IntStream.range(0, rows.size())
                    .filter(row -> folds.of()[row] == fold)
                    .toArray();
            if (given.stream().distinct().count() < 2) {
                return;
            }
            LinearClassifier model = LinearClassifier.train(
                    IntStream.of(learnt).mapToObj(terms::get).toList(),
                    given,
                    SEED,
                    Math.min(VISITS, MOST_EPOCHS * learnt.length));
            for (int row : asked) {
                probabilities[row] = model.probabilities(terms.get(row), labels.names());
            }
        });
        return probabilities;
    }

    private static List<LabelPair> pairs(List<Issue> issues) {
        Map<LabelPair, Integer> counts = new HashMap<>();
        for (Issue issue : issues) {
            counts.merge(
                    LabelPair.newBuilder()
                            .setGiven(issue.given())
                            .setSuggested(issue.suggested())
                            .build(),
                    1,
                    Integer::sum);
        }
        return counts.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<LabelPair, Integer> count) -> -count.getValue())
                        .thenComparing(count -> count.getKey().getGiven())
                        .thenComparing(count -> count.getKey().getSuggested()))
                .limit(MOST_PAIRS)
                .map(count ->
                        count.getKey().toBuilder().setRows(count.getValue()).build())
                .toList();
    }

    private static String format(String why, Object... numbers) {
        return String.format(Locale.ROOT, why, numbers);
    }
}
