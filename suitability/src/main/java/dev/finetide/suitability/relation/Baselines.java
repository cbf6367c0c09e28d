package dev.finetide.suitability.relation;

import dev.finetide.metrics.Task;
import dev.finetide.metrics.stats.Bootstrap;
import dev.finetide.metrics.stats.Interval;
import dev.finetide.metrics.stats.Sample;
import dev.finetide.metrics.stats.Wilson;
import dev.finetide.proto.dataset.v1.Baseline;
import dev.finetide.suitability.linear.LinearAnswers;
import dev.finetide.suitability.linear.LinearClassifier;
import dev.finetide.suitability.linear.TextTerms;
import dev.finetide.suitability.sample.SampledRow;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Answers rows without a language model. What a tuned model is worth begins above these numbers.
final class Baselines {
    static final String MOST_FREQUENT = "most frequent answer";
    static final String NEAREST = "nearest neighbour";
    static final String LINEAR = "linear model of words";
    static final String COPY = "question as the answer";

    private static final long SEED = 27;

    private final Trial trial;
    private final Task task;
    private final TaskMetric metric;
    private final Bootstrap bootstrap = new Bootstrap(SEED);

    Baselines(Trial trial, Task task, TaskMetric metric) {
        this.trial = trial;
        this.task = task;
        this.metric = metric;
    }

    /// Returns the numbers of all baselines that the task allows.
    Map<String, Optional<Baseline>> measure(NearestQuestions nearest) {
        Map<String, Optional<Baseline>> measured = new LinkedHashMap<>();
        measured.put(MOST_FREQUENT, measured(mostFrequent()).map(one -> named(MOST_FREQUENT, one)));
        measured.put(NEAREST, controlled(NEAREST, nearest(nearest)));
        switch (task) {
            case CLASSIFICATION -> measured.put(LINEAR, controlled(LINEAR, linear()));
            case SUMMARY, FREE_TEXT ->
                measured.put(
                        COPY,
                        controlled(
                                COPY,
                                trial.asked().stream().map(SampledRow::question).toArray(String[]::new)));
            case SHORT_ANSWER, NUMBER, JSON_EXTRACTION, FUNCTION_CALLS, TEXT -> {}
        }
        return measured;
    }

    private String[] mostFrequent() {
        AnswerForms forms = new AnswerForms(task);
        String[] answers = new String[trial.asked().size()];
        for (int fold : trial.folds()) {
            Map<String, Integer> counts = new HashMap<>();
            Map<String, String> texts = new HashMap<>();
            String best = null;
            for (int place : trial.learntFor(fold)) {
                String answer = trial.known().get(place).answer();
                String form = forms.form(answer);
                texts.putIfAbsent(form, answer);
                int count = counts.merge(form, 1, Integer::sum);
                if (best == null || count > counts.get(best)) {
                    best = form;
                }
            }
            for (int row : trial.askedOf(fold)) {
                answers[row] = best == null ? "" : texts.get(best);
            }
        }
        return answers;
    }

    private String[] nearest(NearestQuestions nearest) {
        return IntStream.range(0, trial.asked().size())
                .parallel()
                .mapToObj(row -> {
                    int best = NearestQuestions.best(
                            nearest.similarities(trial.asked().get(row).question()),
                            place -> trial.foldOfKnown()[place] != trial.foldOfAsked()[row]);
                    return best < 0 ? "" : trial.known().get(best).answer();
                })
                .toArray(String[]::new);
    }

    private String[] linear() {
        List<long[]> terms = trial.known().stream()
                .map(row -> TextTerms.wordsAndPairs(row.question()))
                .toList();
        String[] answers = new String[trial.asked().size()];
        IntStream.of(trial.folds()).parallel().forEach(fold -> {
            int[] learnt = trial.learntFor(fold);
            List<String> labels = IntStream.of(learnt)
                    .mapToObj(place -> trial.known().get(place).answer())
                    .toList();
            Function<long[], String> answer = LinearAnswers.trainedOn(
                    IntStream.of(learnt).mapToObj(terms::get).toList(), labels, SEED, LinearClassifier.VISITS);
            for (int row : trial.askedOf(fold)) {
                answers[row] = answer.apply(
                        TextTerms.wordsAndPairs(trial.asked().get(row).question()));
            }
        });
        return answers;
    }

    /// Returns the number of a baseline's answers, and what they score on other rows; empty where the
    /// metric measures none of them.
    private Optional<Baseline> controlled(String name, String[] answers) {
        Optional<Baseline.Builder> control = measured(exchanged(answers));
        return measured(answers).map(one -> {
            control.ifPresent(other -> one.setExchanged(other.getValue()).setExchangedHigh(other.getHigh()));
            return named(name, one);
        });
    }

    /// Gives each answer to another row, in one circle through all rows (Sattolo).
    private static String[] exchanged(String[] answers) {
        String[] exchanged = answers.clone();
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = exchanged.length - 1; i > 0; i--) {
            int other = random.nextInt(i);
            String answer = exchanged[i];
            exchanged[i] = exchanged[other];
            exchanged[other] = answer;
        }
        return exchanged;
    }

    private static Baseline named(String name, Baseline.Builder baseline) {
        return baseline.setName(name).build();
    }

    private Optional<Baseline.Builder> measured(String[] answers) {
        double[][] statistics = IntStream.range(0, answers.length)
                .parallel()
                .mapToObj(row -> metric.measure(trial.asked().get(row), answers[row]))
                .toArray(double[][]::new);
        Sample sample = Sample.of(metric.aggregate(), true, statistics, bootstrap);
        double value = sample.value();
        if (sample.rows() == 0 || !Double.isFinite(value)) {
            return Optional.empty();
        }
        Interval interval = sample.interval();
        if (!interval.isKnown()) {
            Interval share = Wilson.interval(value / metric.best() * sample.rows(), sample.rows());
            interval = new Interval(share.low() * metric.best(), share.high() * metric.best());
        }
        return Optional.of(Baseline.newBuilder()
                .setValue(value)
                .setLow(interval.low())
                .setHigh(interval.high())
                .setRows(sample.rows()));
    }
}
