package dev.finetide.cli.eval.page;

import dev.finetide.cli.eval.ReportPage;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Score;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Plots the quality of each arm with its interval against the cost of a request: its price if the page knows prices,
/// else its time.
record CostPlot(ReportPage page) {
    private static final double LABEL_HEIGHT = 15;

    /// @param cost seconds of a request, or price of 1,000 requests
    private record Dot(ArmReport arm, double cost, Score score) {}

    /// Returns the plot; empty if no arm has both score and cost.
    Optional<String> svg() {
        List<Dot> dots = dots();
        if (dots.isEmpty()) {
            return Optional.empty();
        }
        List<Double> costs = dots.stream().map(Dot::cost).toList();
        List<Double> scores = new ArrayList<>();
        for (Dot dot : dots) {
            scores.add(dot.score.getValue());
            addKnown(scores, dot.score.getLow());
            addKnown(scores, dot.score.getHigh());
        }
        boolean isPriced = page.pricePerHour() > 0;
        Plot plot = new Plot(
                page.primary() + " of each arm against what a request costs",
                Plot.horizontal(costs, true),
                isPriced ? "price of 1,000 requests" : "computing time of a request, in seconds",
                Plot.vertical(scores),
                page.primary());
        double free = Plot.TOP;
        for (Dot dot : dots) {
            double at = Math.max(free, plot.pixelY(dot.score.getValue()) - 7);
            free = at + LABEL_HEIGHT;
            boolean recommended =
                    dot.arm.getArm().equals(page.report().getRecommendation().getArm());
            plot.point(
                    recommended ? "chosen" : "other",
                    dot.cost,
                    dot.score.getValue(),
                    dot.score.getLow(),
                    dot.score.getHigh(),
                    dot.arm.getArm(),
                    at);
        }
        return Optional.of(plot.svg());
    }

    private static void addKnown(List<Double> values, double value) {
        if (!Double.isNaN(value)) {
            values.add(value);
        }
    }

    /// Returns the arms that can be shown, the best on top.
    private List<Dot> dots() {
        String metric = page.primary();
        return page.report().getArmsList().stream()
                .filter(arm -> arm.containsScores(metric))
                .map(arm -> new Dot(arm, cost(arm), arm.getScoresOrThrow(metric)))
                .filter(dot -> dot.cost > 0 && !Double.isNaN(dot.score.getValue()))
                .sorted(Comparator.comparingDouble((Dot dot) -> dot.score.getValue())
                        .reversed())
                .toList();
    }

    /// Returns the cost of a request; 0 if it is not known.
    private double cost(ArmReport arm) {
        if (page.pricePerHour() > 0) {
            return page.priceOf1000Requests(arm);
        }
        return arm.getRequestsPerSecond() > 0 ? 1 / arm.getRequestsPerSecond() : 0;
    }
}
