package dev.finetide.suitability.verdict;

import dev.finetide.metrics.fitness.FitnessRules;
import dev.finetide.proto.dataset.v1.Baseline;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.Share;
import dev.finetide.proto.dataset.v1.SuitabilityReportOrBuilder;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Measures of a report, as the rules ask for them. A number that was not measured is absent.
///
/// @param rows rows of the split that would be learnt
record Evidence(SuitabilityReportOrBuilder report, long rows) {
    private static final int MOST_EXAMPLES = 5;

    /// Returns the number of rows with different questions, as far as equal ones were counted.
    long questions() {
        return report.getDuplicates().hasLearntQuestions()
                ? report.getDuplicates().getLearntQuestions()
                : Math.round(rows * (1 - rate(exactQuestions()).orElse(0.0)));
    }

    private Share exactQuestions() {
        return report.getDuplicates().getExactQuestions();
    }

    boolean isTask(String name) {
        return report.getContents().getTask().equalsIgnoreCase(name);
    }

    boolean isClassification() {
        return isTask("classification") || report.getRelation().getMetric().equals("accuracy");
    }

    /// Returns the largest number of the relation's metric.
    double best() {
        return bestOf(report.getRelation().getMetric());
    }

    static double bestOf(String metric) {
        return metric.equals("chrf") || metric.equals("bleu") ? 100 : 1;
    }

    Optional<Baseline> baseline(String name) {
        return report.getRelation().getBaselinesList().stream()
                .filter(baseline -> baseline.getName().equals(name))
                .findFirst();
    }

    Optional<Baseline> mostFrequent() {
        return baseline("most frequent answer");
    }

    /// Returns the best baseline that has looked at the question.
    Optional<Baseline> bestBaseline() {
        return lookers().max(Comparator.comparingDouble(Baseline::getValue));
    }

    private Stream<Baseline> lookers() {
        return report.getRelation().getBaselinesList().stream()
                .filter(baseline -> !baseline.getName().equals("most frequent answer"));
    }

    /// Returns whether answers depend on questions.
    boolean isRelated() {
        return related().isPresent();
    }

    /// Returns the best baseline that has looked at the question and clearly beats the most frequent
    /// answer, and its own answers to other questions. Where all texts differ, the most frequent
    /// answer is any of them, and an unlucky one is beaten without a relation.
    Optional<Baseline> related() {
        return mostFrequent()
                .flatMap(frequent -> lookers()
                        .filter(one -> FitnessRules.isRelated(
                                one.getLow(), Math.max(frequent.getHigh(), one.getExchangedHigh())))
                        .filter(one -> {
                            double floor = Math.max(frequent.getValue(), one.getExchanged());
                            return floor < best()
                                    && one.getValue() - floor >= FitnessRules.SOME_RELATION * (best() - floor);
                        })
                        .max(Comparator.comparingDouble(Baseline::getValue)));
    }

    /// Returns the part of what the most frequent answer leaves open that the best baseline answers; empty without
    /// baselines.
    Optional<Double> skill() {
        return bestBaseline()
                .flatMap(baseline -> mostFrequent()
                        .filter(frequent -> frequent.getValue() < best())
                        .map(frequent -> (baseline.getValue() - frequent.getValue()) / (best() - frequent.getValue())));
    }

    /// Returns the different questions of a label, on average; very many where answers are no classes.
    double rowsOfLabel() {
        int labels = report.getContents().getClassesCount();
        return labels == 0 ? Double.MAX_VALUE : (double) questions() / labels;
    }

    /// Returns the median of the words of an answer, over the first split; empty where they were not counted.
    Optional<Double> answerWords() {
        return report.getContents().getPartsList().stream()
                .filter(part -> part.getField().equals("split") && part.hasAnswerWords())
                .findFirst()
                .map(part -> part.getAnswerWords().getMedian());
    }

    /// Returns a share's part; empty where no row was looked at.
    static Optional<Double> rate(Share share) {
        return share.getOf() == 0 ? Optional.empty() : Optional.of((double) share.getRows() / share.getOf());
    }

    /// Returns the first examples, without the answers that a model suggests for them.
    static List<RowFound> examples(List<RowFound> all) {
        return all.stream()
                .limit(MOST_EXAMPLES)
                .map(row -> row.toBuilder().clearSuggestion().build())
                .toList();
    }
}
