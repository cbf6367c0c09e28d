package dev.finetide.suitability.curve;

import dev.finetide.metrics.Task;
import dev.finetide.proto.dataset.v1.CurvePoint;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import dev.finetide.suitability.relation.Relation;
import dev.finetide.suitability.relation.TaskMetric;
import dev.finetide.suitability.relation.TrainRows;
import dev.finetide.suitability.relation.Trial;
import dev.finetide.suitability.sample.RowSample;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Measures a baseline that has learnt 1/8 to all of the rows, and forecasts what twice the rows would bring. Where the
/// curve does not tell, it says so instead.
public final class LearningCurve implements Section {
    private static final String WHAT = "learning curve";
    private static final String FORECAST = "what twice the rows would bring";

    private static final int FEWEST_POINTS = 4;

    /// Rows of a label in the smallest part, on average, so that a point says something about labels.
    private static final double ROWS_A_LABEL = 0.5;

    /// Share of the points' variance that a curve explains at least, to be believed.
    static final double BELIEVED = 0.8;

    private static final int DRAWS = 300;
    private static final double LOW = 0.025;
    private static final double HIGH = 0.975;
    private static final long SEED = 27;

    private final TrainRows train;

    public LearningCurve(TrainRows train) {
        this.train = train;
    }

    @Override
    public ReportSection kind() {
        return ReportSection.LEARNING_CURVE;
    }

    @Override
    public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
        NotMeasured notMeasured = new NotMeasured(kind(), report);
        Task task = train.sample().task(rows, report);
        Optional<Trial> trial = Trial.choose(rows, train, task);
        if (trial.isEmpty()) {
            notMeasured.add(WHAT, "fewer than " + Trial.FEWEST_ASKED + " different questions with answers");
            return;
        }
        List<String> labels = Relation.labels(task, trial.get().known());
        CurveTrials trials = new CurveTrials(trial.get(), task, new TaskMetric(task, labels));
        int[] learnt = trials.learnt();
        if (learnt.length < FEWEST_POINTS) {
            notMeasured.add(
                    WHAT,
                    String.format(
                            Locale.ROOT,
                            "%,d train rows are too few for parts of them",
                            trial.get().known().size()));
            return;
        }
        if (learnt[0] < ROWS_A_LABEL * labels.size()) {
            notMeasured.add(
                    WHAT,
                    String.format(
                            Locale.ROOT,
                            "%,d rows of %,d labels are too few rows a label for parts of them",
                            trial.get().known().size(),
                            labels.size()));
            return;
        }
        long all = RowSample.learnt(rows).map(rows::rows).orElse(0L);
        measure(trial.get(), task, labels, trials, all, report, notMeasured);
    }

    private static void measure(
            Trial trial,
            Task task,
            List<String> labels,
            CurveTrials trials,
            long all,
            SuitabilityReport.Builder report,
            NotMeasured notMeasured) {
        TaskMetric metric = new TaskMetric(task, labels);
        int[] learnt = trials.learnt();
        double[] values = values(trials, once(trials.asked()));
        if (Arrays.stream(values).anyMatch(value -> !Double.isFinite(value))) {
            notMeasured.add(WHAT, metric.name() + " cannot be measured for these answers");
            return;
        }
        double[][] draws = draws(trials);
        if (draws.length < DRAWS / 2) {
            notMeasured.add(WHAT, metric.name() + " cannot be measured for most draws of these answers");
            return;
        }
        var section = report.getLearningCurveBuilder().setMetric(metric.name()).setBaseline(trials.baseline());
        for (int point = 0; point < learnt.length; point++) {
            double[] drawn = sorted(draws, point);
            section.addPoints(CurvePoint.newBuilder()
                    .setTrainRows(learnt[point])
                    .setValue(values[point])
                    .setLow(quantile(drawn, LOW))
                    .setHigh(quantile(drawn, HIGH)));
        }
        if (trial.known().size() < all && all > Trial.MOST_KNOWN) {
            notMeasured.add(
                    FORECAST,
                    String.format(
                            Locale.ROOT,
                            "the curve ends at %,d rows, evenly spread over %,d",
                            learnt[learnt.length - 1],
                            all));
            return;
        }
        forecast(learnt, values, draws, metric.best(), 2.0 * trial.known().size(), report, notMeasured);
    }

    private static void forecast(
            int[] learnt,
            double[] values,
            double[][] draws,
            double best,
            double rows,
            SuitabilityReport.Builder report,
            NotMeasured notMeasured) {
        int last = values.length - 1;
        double[] gains = Arrays.stream(draws)
                .mapToDouble(draw -> draw[last] - draw[0])
                .sorted()
                .toArray();
        PowerLaw law = law(learnt, values, best);
        if (quantile(gains, LOW) <= 0 || law.scale() == 0) {
            notMeasured.add(
                    FORECAST,
                    String.format(
                            Locale.ROOT,
                            "cannot say: %,d rows bring %.3f and %,d rows %.3f, no clear gain",
                            learnt[0],
                            values[0],
                            learnt[last],
                            values[last]));
            return;
        }
        if (law.rSquared() < BELIEVED) {
            notMeasured.add(
                    FORECAST,
                    String.format(
                            Locale.ROOT,
                            "cannot say: the points follow no curve (R squared %.2f, %.2f is needed)",
                            law.rSquared(),
                            BELIEVED));
            return;
        }
        double[] forecasts = Arrays.stream(draws)
                .mapToDouble(draw -> forecast(law(learnt, draw, best), learnt[last], draw[last], best, rows))
                .sorted()
                .toArray();
        double doubled = forecast(law, learnt[last], values[last], best, rows);
        report.getLearningCurveBuilder()
                .setFloor(law.floor())
                .setScale(law.scale())
                .setExponent(law.exponent())
                .setRSquared(law.rSquared())
                .setDoubled(doubled)
                .setDoubledLow(Math.min(doubled, quantile(forecasts, LOW)))
                .setDoubledHigh(Math.max(doubled, quantile(forecasts, HIGH)));
    }

    /// Returns the last point's number with the gain that the curve forecasts beyond it.
    private static double forecast(PowerLaw law, double learnt, double value, double best, double rows) {
        return Math.min(best, value + best * (law.error(learnt) - law.error(rows)));
    }

    private static PowerLaw law(int[] learnt, double[] values, double best) {
        return PowerLaw.fit(
                Arrays.stream(learnt).asDoubleStream().toArray(),
                Arrays.stream(values).map(value -> 1 - value / best).toArray());
    }

    private static int[] once(int rows) {
        int[] once = new int[rows];
        Arrays.fill(once, 1);
        return once;
    }

    private static double[] values(CurveTrials trials, int[] counts) {
        return IntStream.range(0, trials.learnt().length)
                .mapToDouble(point -> trials.value(point, counts))
                .toArray();
    }

    /// Returns draws x points: numbers of asked rows that are drawn with replacement, the same rows for all points.
    private static double[][] draws(CurveTrials trials) {
        SplittableRandom random = new SplittableRandom(SEED);
        int[][] counts = new int[DRAWS][trials.asked()];
        for (int[] draw : counts) {
            for (int i = 0; i < draw.length; i++) {
                draw[random.nextInt(draw.length)]++;
            }
        }
        return Arrays.stream(counts)
                .parallel()
                .map(draw -> values(trials, draw))
                .filter(values -> Arrays.stream(values).allMatch(Double::isFinite))
                .toArray(double[][]::new);
    }

    private static double[] sorted(double[][] draws, int point) {
        return Arrays.stream(draws).mapToDouble(draw -> draw[point]).sorted().toArray();
    }

    private static double quantile(double[] sorted, double share) {
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }
}
