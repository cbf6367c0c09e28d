package dev.finetide.cli.eval;

import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Writes the comparisons of a report by its primary metric as sentences.
public record ComparisonText(EvaluationReport report) {
    /// Returns the comparison of two arms as a sentence about the first; empty if the report has none.
    public Optional<String> sentence(String arm, String other) {
        return pair(arm, other).map(pair -> sentence(from(arm, pair)));
    }

    /// Returns one sentence for each pair of a subject and another arm, in the order of the subjects and the arms.
    List<String> sentences(List<String> subjects) {
        List<String> sentences = new ArrayList<>();
        for (int i = 0; i < subjects.size(); i++) {
            String subject = subjects.get(i);
            List<String> before = subjects.subList(0, i);
            report.getArmsList().stream()
                    .map(ArmReport::getArm)
                    .filter(other -> !before.contains(other))
                    .flatMap(other -> pair(subject, other).stream())
                    .map(pair -> sentence(from(subject, pair)))
                    .forEach(sentences::add);
        }
        return sentences;
    }

    private Optional<Comparison> pair(String arm, String other) {
        String primary = report.getMetricsCount() == 0 ? "" : report.getMetrics(0);
        return report.getComparisonsList().stream()
                .filter(pair -> pair.getMetric().equals(primary))
                .filter(pair -> isPair(pair, arm, other))
                .findFirst();
    }

    private static boolean isPair(Comparison pair, String arm, String other) {
        return pair.getArm().equals(arm) && pair.getOther().equals(other)
                || pair.getArm().equals(other) && pair.getOther().equals(arm) && !arm.equals(other);
    }

    /// Turns a comparison so that the given arm stands first.
    private static Comparison from(String arm, Comparison pair) {
        return pair.getArm().equals(arm)
                ? pair
                : pair.toBuilder()
                        .setArm(pair.getOther())
                        .setOther(pair.getArm())
                        .setDifference(0 - pair.getDifference()) // 0, not -0, where there is none
                        .setLow(0 - pair.getHigh())
                        .setHigh(0 - pair.getLow())
                        .setRowsWon(pair.getRowsLost())
                        .setRowsLost(pair.getRowsWon())
                        .setVerdict(
                                switch (pair.getVerdict()) {
                                    case BETTER -> Verdict.WORSE;
                                    case WORSE -> Verdict.BETTER;
                                    case NOT_DISTINGUISHABLE, VERDICT_UNSPECIFIED, UNRECOGNIZED -> pair.getVerdict();
                                })
                        .build();
    }

    private static String sentence(Comparison pair) {
        String rows = "; " + pair.getRowsWon() + (pair.getRowsWon() == 1 ? " row won, " : " rows won, ")
                + pair.getRowsLost() + " lost";
        return switch (pair.getVerdict()) {
            case BETTER ->
                pair.getArm() + " better than " + pair.getOther() + " by " + MetricText.value(pair.getDifference())
                        + " " + MetricText.interval(pair.getLow(), pair.getHigh()) + rows;
            case WORSE ->
                pair.getArm() + " worse than " + pair.getOther() + " by " + MetricText.value(0 - pair.getDifference())
                        + " " + MetricText.interval(0 - pair.getHigh(), 0 - pair.getLow()) + rows;
            case NOT_DISTINGUISHABLE ->
                pair.getArm() + " not distinguishable from " + pair.getOther() + ": difference "
                        + MetricText.value(pair.getDifference()) + " "
                        + MetricText.interval(pair.getLow(), pair.getHigh()) + rows + needed(pair);
            case VERDICT_UNSPECIFIED, UNRECOGNIZED -> pair.getArm() + " and " + pair.getOther() + " were not compared";
        };
    }

    private static String needed(Comparison pair) {
        return pair.getRowsNeeded() > 0 ? "; about " + pair.getRowsNeeded() + " rows would tell" : "";
    }
}
