package dev.finetide.suitability.curve;

import dev.finetide.metrics.Task;
import dev.finetide.suitability.linear.LinearAnswers;
import dev.finetide.suitability.linear.TextTerms;
import dev.finetide.suitability.relation.NearestQuestions;
import dev.finetide.suitability.relation.TaskMetric;
import dev.finetide.suitability.relation.Trial;
import dev.finetide.suitability.sample.SampledRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Asks a baseline that has learnt parts of the rows, several draws of each part.
final class CurveTrials {
    /// Parts of the rows, each of which the next one contains.
    private static final double[] PARTS = {1 / 8.0, 1 / 4.0, 3 / 8.0, 1 / 2.0, 3 / 4.0, 1};

    private static final int FEWEST_LEARNT = 8;
    private static final int DRAWS_OF_HELD_OUT = 3;
    private static final int VISITS = 40_000;
    private static final int MOST_EPOCHS = 40;

    private final Trial trial;
    private final TaskMetric metric;
    private final boolean linear;
    private final List<Draw> draws = new ArrayList<>();
    /// Points x draws x asked rows: statistics; null for a row that a draw does not ask.
    private final double[][][][] statistics;

    private final int[] learnt;

    /// A random order of the rows that answer one fold.
    ///
    /// @param rank place of each known row in the order; the largest number for rows that do not answer
    private record Draw(int fold, int[] order, int[] rank) {}

    CurveTrials(Trial trial, Task task, TaskMetric metric) {
        this.trial = trial;
        this.metric = metric;
        this.linear = task == Task.CLASSIFICATION;
        int[] folds = trial.folds();
        int count = Math.max(DRAWS_OF_HELD_OUT, folds.length);
        for (int draw = 0; draw < count; draw++) {
            draws.add(drawn(folds[draw % folds.length], draw));
        }
        int least = draws.stream().mapToInt(draw -> draw.order.length).min().orElseThrow();
        this.learnt = Arrays.stream(PARTS)
                .mapToInt(part -> (int) Math.round(part * least))
                .filter(rows -> rows >= FEWEST_LEARNT)
                .toArray();
        this.statistics = new double[learnt.length][draws.size()][trial.asked().size()][];
        if (linear) {
            askLinear();
        } else {
            askNearest();
        }
    }

    private Draw drawn(int fold, int seed) {
        int[] order = IntStream.of(trial.learntFor(fold))
                .boxed()
                .sorted(Comparator.comparingLong(
                                (Integer place) -> TextTerms.mixed(trial.groupOfKnown()[place] + ((seed + 1L) << 32)))
                        .thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] rank = new int[trial.known().size()];
        Arrays.fill(rank, Integer.MAX_VALUE);
        for (int i = 0; i < order.length; i++) {
            rank[order[i]] = i;
        }
        return new Draw(fold, order, rank);
    }

    private void askLinear() {
        List<long[]> known = terms(trial.known());
        List<long[]> asked = terms(trial.asked());
        IntStream.range(0, learnt.length * draws.size()).parallel().forEach(task -> {
            int point = learnt.length - 1 - task / draws.size();
            int draw = task % draws.size();
            int[] order = Arrays.copyOf(draws.get(draw).order, learnt[point]);
            List<String> labels = IntStream.of(order)
                    .mapToObj(place -> trial.known().get(place).answer())
                    .toList();
            Function<long[], String> answers = LinearAnswers.trainedOn(
                    IntStream.of(order).mapToObj(known::get).toList(),
                    labels,
                    draw,
                    Math.min(VISITS, MOST_EPOCHS * order.length));
            for (int row : trial.askedOf(draws.get(draw).fold)) {
                String answer = answers.apply(asked.get(row));
                statistics[point][draw][row] = metric.measure(trial.asked().get(row), answer);
            }
        });
    }

    private static List<long[]> terms(List<SampledRow> rows) {
        return rows.stream().map(row -> TextTerms.wordsAndPairs(row.question())).toList();
    }

    private void askNearest() {
        NearestQuestions nearest = new NearestQuestions(
                trial.known().stream().map(SampledRow::question).toList());
        IntStream.range(0, trial.asked().size()).parallel().forEach(row -> {
            SampledRow asked = trial.asked().get(row);
            float[] similarities = nearest.similarities(asked.question());
            Map<Integer, double[]> measured = new HashMap<>();
            for (int draw = 0; draw < draws.size(); draw++) {
                if (draws.get(draw).fold == trial.foldOfAsked()[row]) {
                    int[] rank = draws.get(draw).rank;
                    for (int point = 0; point < learnt.length; point++) {
                        int most = learnt[point];
                        int best = NearestQuestions.best(similarities, place -> rank[place] < most);
                        statistics[point][draw][row] = measured.computeIfAbsent(
                                best,
                                place -> metric.measure(
                                        asked, trial.known().get(place).answer()));
                    }
                }
            }
        });
    }

    /// Returns the name of the baseline.
    String baseline() {
        return linear ? "linear model of words" : "nearest neighbour";
    }

    /// Returns the number of train rows of each point.
    int[] learnt() {
        return learnt.clone();
    }

    /// Returns the number of a point over all draws.
    ///
    /// @param counts multiplicity of each asked row
    double value(int point, int[] counts) {
        double[][] all = new double[draws.size() * counts.length][];
        int[] multiplicities = new int[all.length];
        for (int draw = 0; draw < draws.size(); draw++) {
            for (int row = 0; row < counts.length; row++) {
                all[draw * counts.length + row] = statistics[point][draw][row];
                multiplicities[draw * counts.length + row] = counts[row];
            }
        }
        return metric.aggregate().value(all, multiplicities);
    }

    int asked() {
        return trial.asked().size();
    }
}
