package dev.finetide.suitability.relation;

import dev.finetide.metrics.Task;
import dev.finetide.metrics.text.AnswerText;
import dev.finetide.metrics.text.Overlap;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.Shares;
import dev.finetide.suitability.linear.TextTerms;
import dev.finetide.suitability.sample.RowSample;
import dev.finetide.suitability.sample.SampledRow;
import dev.finetide.suitability.sample.Spread;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// Says whether the answer is a function of the question: entropies, baselines that a tuned model must beat, where
/// answers stand.
public final class Relation implements Section {
    private static final int LOOKED_AT = 2_000;
    private static final long SEED = 27;

    private final TrainRows train;

    public Relation(TrainRows train) {
        this.train = train;
    }

    @Override
    public ReportSection kind() {
        return ReportSection.RELATION;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        NotMeasured notMeasured = new NotMeasured(kind(), report);
        List<SampledRow> sample = train.sample().train(rows);
        if (sample.isEmpty()) {
            notMeasured.add("relation of questions and answers", "no row to learn from has a question and an answer");
            return;
        }
        Task task = train.sample().task(rows, report);
        String split = RowSample.learnt(rows).orElseThrow();
        QuestionIndex index = train.index(rows, split, report);
        addEntropy(index, report, notMeasured);
        List<SampledRow> known = Spread.over(sample, Trial.MOST_KNOWN);
        addPlaces(task, known, AnswerPlaces.sharedAnswers(index), report);
        if (task == Task.NUMBER) {
            report.getRelationBuilder().setReckonable(ReckonedNumbers.of(Spread.over(known, LOOKED_AT)));
        }
        train.forgetIndex();
        if (known.size() < rows.rows(split)) {
            notMeasured.add(
                    "baselines and places of answers",
                    String.format(
                            Locale.ROOT,
                            "%,d of %,d train rows were looked at, evenly spread",
                            known.size(),
                            rows.rows(split)));
        }
        Optional<Trial> trial = Trial.choose(rows, train, task);
        if (trial.isEmpty()) {
            notMeasured.add(
                    "baselines",
                    "fewer than " + Trial.FEWEST_ASKED
                            + " different questions with answers, where near questions count once");
            return;
        }
        if (!trial.get().near()) {
            notMeasured.add(
                    "near questions in the baselines",
                    "most questions are near to each other, so that only equal ones were held apart");
        }
        addBaselines(trial.get(), task, report, notMeasured);
    }

    private static void addEntropy(QuestionIndex index, SuitabilityReport.Builder report, NotMeasured notMeasured) {
        AnswerEntropy entropy = AnswerEntropy.of(index);
        report.getRelationBuilder().setAnswerEntropy(entropy.bits());
        if (entropy.conditional().isPresent()) {
            report.getRelationBuilder()
                    .setConditionalEntropy(entropy.conditional().getAsDouble());
        } else {
            notMeasured.add(
                    "entropy of an answer whose question is known",
                    String.format(
                            Locale.ROOT,
                            "%,d rows have a question that stands twice or more, %d are needed",
                            entropy.repeated(),
                            AnswerEntropy.FEWEST_REPEATED));
        }
    }

    private static void addPlaces(Task task, List<SampledRow> known, long[] shared, SuitabilityReport.Builder report) {
        List<SampledRow> looked = Spread.over(known, LOOKED_AT);
        AnswerForms forms = new AnswerForms(task);
        AnswerPlaces places = new AnswerPlaces(task, known);
        int[] counts = new int[AnswerPlaces.Place.values().length];
        IntStream.range(0, looked.size())
                .parallel()
                .mapToObj(i -> {
                    SampledRow row = looked.get(i);
                    long form = TextTerms.hash(forms.form(row.answer()));
                    return places.of(row, Arrays.binarySearch(shared, form) >= 0);
                })
                .toList()
                .forEach(place -> counts[place.ordinal()]++);
        report.getRelationBuilder()
                .setInQuestion(Shares.of(counts[AnswerPlaces.Place.QUESTION.ordinal()], looked.size()))
                .setInOtherRows(Shares.of(counts[AnswerPlaces.Place.OTHER_ROW.ordinal()], looked.size()))
                .setNowhere(Shares.of(counts[AnswerPlaces.Place.NOWHERE.ordinal()], looked.size()))
                .setCopiedWords(looked.stream()
                        .flatMap(row -> AnswerPlaces.copiedWords(row).stream())
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElse(0));
    }

    private static void addBaselines(
            Trial trial, Task task, SuitabilityReport.Builder report, NotMeasured notMeasured) {
        TaskMetric metric = new TaskMetric(task, labels(task, trial.known()));
        NearestQuestions nearest = new NearestQuestions(
                trial.known().stream().map(SampledRow::question).toList());
        report.getRelationBuilder().setMetric(metric.name());
        new Baselines(trial, task, metric).measure(nearest).forEach((name, measured) -> {
            if (measured.isPresent()) {
                report.getRelationBuilder().addBaselines(measured.get());
            } else {
                notMeasured.add(name, metric.name() + " cannot be measured for these answers");
            }
        });
        OptionalDouble correlation = correlation(trial, task, nearest);
        if (correlation.isPresent()) {
            report.getRelationBuilder().setInputOutputCorrelation(correlation.getAsDouble());
        } else {
            notMeasured.add(
                    "correlation of questions and answers", "all drawn pairs of questions, or of answers, are alike");
        }
    }

    /// Returns the labels of a classification; none for other tasks.
    public static List<String> labels(Task task, List<SampledRow> rows) {
        return task == Task.CLASSIFICATION
                ? List.copyOf(
                        new TreeSet<>(rows.stream().map(SampledRow::answer).toList()))
                : List.of();
    }

    /// Draws pairs of questions, half of them nearest neighbours because most questions have nothing in common, and
    /// compares similarities.
    private static OptionalDouble correlation(Trial trial, Task task, NearestQuestions nearest) {
        AnswerForms forms = new AnswerForms(task);
        SplittableRandom random = new SplittableRandom(SEED);
        int[] drawn = IntStream.range(0, trial.asked().size())
                .map(_ -> random.nextInt(trial.known().size()))
                .toArray();
        double[][] pairs = IntStream.range(0, trial.asked().size())
                .parallel()
                .mapToObj(i -> {
                    SampledRow row = trial.asked().get(i);
                    float[] similarities = nearest.similarities(row.question());
                    int best = NearestQuestions.best(
                            similarities, place -> trial.foldOfKnown()[place] != trial.foldOfAsked()[i]);
                    int other = i % 2 == 0 && best >= 0 ? best : drawn[i];
                    boolean itself = trial.known().get(other).equals(row);
                    return itself
                            ? null
                            : new double[] {
                                similarities[other], alike(row, trial.known().get(other), task, forms)
                            };
                })
                .filter(pair -> pair != null)
                .toArray(double[][]::new);
        return pairs.length < Trial.FEWEST_ASKED
                ? OptionalDouble.empty()
                : RankCorrelation.of(
                        Arrays.stream(pairs).mapToDouble(pair -> pair[0]).toArray(),
                        Arrays.stream(pairs).mapToDouble(pair -> pair[1]).toArray());
    }

    private static double alike(SampledRow row, SampledRow other, Task task, AnswerForms forms) {
        if (task == Task.CLASSIFICATION || task == Task.NUMBER) {
            return forms.form(row.answer()).equals(forms.form(other.answer())) ? 1 : 0;
        }
        List<String> one = AnswerText.words(row.answer());
        List<String> two = AnswerText.words(other.answer());
        return Overlap.f1(
                Overlap.common(Overlap.ngrams(one, 1), Overlap.ngrams(two, 1)),
                Math.max(1, one.size()),
                Math.max(1, two.size()));
    }
}
