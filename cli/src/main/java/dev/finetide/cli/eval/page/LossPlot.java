package dev.finetide.cli.eval.page;

import dev.finetide.cli.run.LossCurve;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.training.v1.ValidationResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Plots the loss of a training: each step, their moving mean, and the validations.
record LossPlot(LossCurve curve) {
    private static final int MOST_POINTS = 400;
    private static final double MEMORY = 0.9;

    /// Returns the plot; empty if the run has fewer than two steps.
    Optional<String> svg() {
        List<TrainingProgress> steps = curve.steps();
        if (steps.size() < 2) {
            return Optional.empty();
        }
        List<Double> numbers = new ArrayList<>(List.of(
                (double) steps.getFirst().getStep(), (double) steps.getLast().getStep()));
        List<Double> losses = new ArrayList<>();
        steps.forEach(step -> losses.add(step.getLoss()));
        curve.validations().forEach(result -> losses.add(result.getLoss()));
        Plot plot = new Plot(
                "Loss of each training step and of the validations",
                Plot.horizontal(numbers, false),
                "step",
                Plot.vertical(losses.stream().filter(Double::isFinite).toList()),
                "loss, in nats a token");
        plot.curve("faint", points(steps, false));
        plot.curve("strong", points(steps, true));
        double[] validations = new double[2 * curve.validations().size()];
        int at = 0;
        for (ValidationResult result : curve.validations()) {
            validations[at++] = result.getStep();
            validations[at++] = result.getLoss();
            plot.dot("chosen", result.getStep(), result.getLoss());
        }
        if (validations.length > 2) {
            plot.curve("chosen", validations);
        }
        return Optional.of(plot.svg());
    }

    /// Returns step and loss in turn, of 400 steps at most. The moving mean forgets a tenth with each step. Its
    /// weights are divided by their sum, so that the first steps do not stay in it.
    private static double[] points(List<TrainingProgress> steps, boolean isMean) {
        int stride = Math.max(1, steps.size() / MOST_POINTS);
        List<Double> points = new ArrayList<>();
        double sum = 0;
        double weights = 0;
        for (int i = 0; i < steps.size(); i++) {
            sum = MEMORY * sum + steps.get(i).getLoss();
            weights = MEMORY * weights + 1;
            if (i % stride == 0 || i == steps.size() - 1) {
                points.add((double) steps.get(i).getStep());
                points.add(isMean ? sum / weights : steps.get(i).getLoss());
            }
        }
        return points.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
