package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.proto.evaluation.v1.Behaviour;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.ArrayList;
import java.util.List;

/// Writes for people what training has changed beside the task.
public record BehaviourText(EvaluationReport report) {
    /// The verdicts in the table.
    public static final String BETTER = "better";

    public static final String WORSE = "worse";

    private static final String PROJECTS = "projects/";

    /// Returns a sentence for each finding where an arm was probed; otherwise for those that are
    /// worse than the base.
    public List<String> sentences() {
        boolean probed = report.getBehavioursList().stream()
                .anyMatch(found -> !found.getProbe().isEmpty());
        return report.getBehavioursList().stream()
                .filter(found -> probed || found.getVerdict() == Verdict.WORSE)
                .map(Behaviour::getWords)
                .toList();
    }

    /// Returns all findings as rows of a table, the heads first. What matters stands in front,
    /// because a narrow page shows only that.
    public List<List<String>> table() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ARM", "BEHAVIOUR", "VERDICT", "DIFFERENCE", "ARM'S", "BASE'S", "ROWS"));
        for (Behaviour found : report.getBehavioursList()) {
            String kind = BehaviourName.of(found.getKind());
            rows.add(
                    found.getUnmeasured().isEmpty()
                            ? List.of(
                                    found.getArm(),
                                    kind + ": " + found.getName() + ", " + place(found.getProbe()),
                                    verdict(found),
                                    difference(found),
                                    MetricText.value(found.getValue()),
                                    MetricText.value(found.getBaseValue()),
                                    Formats.count(found.getRows()))
                            : List.of(found.getArm(), kind + ": " + found.getUnmeasured(), "", "-", "-", "-", "-"));
        }
        return rows;
    }

    private static String place(String probe) {
        if (probe.isEmpty()) {
            return "asked rows";
        }
        return probe.startsWith(PROJECTS) ? Names.brief(probe) : probe;
    }

    private static String difference(Behaviour found) {
        String value = (found.getDifference() > 0 ? "+" : "") + MetricText.value(found.getDifference());
        return Double.isNaN(found.getLow()) || Double.isNaN(found.getHigh())
                ? value
                : value + " " + MetricText.interval(found.getLow(), found.getHigh());
    }

    private static String verdict(Behaviour found) {
        return switch (found.getVerdict()) {
            case BETTER -> BETTER;
            case WORSE -> WORSE;
            case NOT_DISTINGUISHABLE -> "unclear";
            case VERDICT_UNSPECIFIED, UNRECOGNIZED -> "";
        };
    }
}
