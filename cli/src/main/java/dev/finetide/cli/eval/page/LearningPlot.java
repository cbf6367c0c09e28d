package dev.finetide.cli.eval.page;

import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Score;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Plots the learning curve: the quality of trained arms by the number of rows that they learnt. Only trainings of one
/// base and method that learnt different numbers of rows make one.
record LearningPlot(EvaluationReport report, Trainings trainings) {
    private static final double LABEL_HEIGHT = 15;

    /// @param rows number of rows that the arm's model learnt
    private record Dot(TrainingRun run, String arm, long rows, Score score) {}

    /// Returns one plot for each base and method that has a curve, with what it shows in words.
    List<String> figures() {
        Map<String, List<Dot>> byWay = dots().stream()
                .collect(Collectors.groupingBy(dot -> dot.run.getConfig().getBase() + " "
                        + dot.run.getConfig().getMethod()));
        return byWay.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .filter(dots -> dots.stream().map(Dot::rows).distinct().count() > 1)
                .map(this::figure)
                .toList();
    }

    private List<Dot> dots() {
        if (report.getMetricsCount() == 0) {
            return List.of();
        }
        String metric = report.getMetrics(0);
        List<Dot> dots = new ArrayList<>();
        for (Trainings.Training training : trainings.all()) {
            Optional<Score> score = training.asTrained()
                    .flatMap(name -> report.getArmsList().stream()
                            .filter(arm -> arm.getArm().equals(name) && arm.containsScores(metric))
                            .map((ArmReport arm) -> arm.getScoresOrThrow(metric))
                            .findFirst());
            long rows = training.run().getTrainRows();
            if (score.isPresent() && rows > 0) {
                dots.add(new Dot(training.run(), training.asTrained().get(), rows, score.get()));
            }
        }
        return dots;
    }

    private String figure(List<Dot> unordered) {
        List<Dot> dots =
                unordered.stream().sorted(Comparator.comparingLong(Dot::rows)).toList();
        List<Double> scores = new ArrayList<>();
        double[] line = new double[2 * dots.size()];
        for (int i = 0; i < dots.size(); i++) {
            Score score = dots.get(i).score;
            scores.addAll(List.of(score.getValue(), score.getLow(), score.getHigh()));
            line[2 * i] = dots.get(i).rows;
            line[2 * i + 1] = score.getValue();
        }
        String metric = report.getMetrics(0);
        Plot plot = new Plot(
                metric + " by the number of train rows",
                Plot.horizontal(dots.stream().map(dot -> (double) dot.rows).toList(), true),
                "rows that were learnt",
                Plot.vertical(scores.stream().filter(Double::isFinite).toList()),
                metric);
        plot.curve("faint", line);
        List<Dot> fromTop = dots.stream()
                .sorted(Comparator.comparingDouble((Dot dot) -> dot.score.getValue())
                        .reversed())
                .toList();
        double free = Plot.TOP;
        for (Dot dot : fromTop) {
            double at = Math.max(free, plot.pixelY(dot.score.getValue()) - 7);
            free = at + LABEL_HEIGHT;
            boolean isChosen = dot.arm.equals(report.getRecommendation().getArm());
            plot.point(
                    isChosen ? "chosen" : "other",
                    dot.rows,
                    dot.score.getValue(),
                    dot.score.getLow(),
                    dot.score.getHigh(),
                    dot.arm,
                    at);
        }
        boolean isFair = dots.stream().map(dot -> settings(dot.run)).distinct().count() == 1;
        return plot.svg()
                + (isFair
                        ? ""
                        : "<p class=\"note\">Other settings of these trainings differ, too: not the rows alone decide.</p>\n");
    }

    /// Returns the settings of a training without its rows and what follows from them.
    private static TrainingConfig settings(TrainingRun run) {
        return run.getConfig().toBuilder()
                .clearDatasetVersion()
                .clearModel()
                .clearEvaluation()
                .clearWarmupSteps()
                .clearPriority()
                .build();
    }
}
