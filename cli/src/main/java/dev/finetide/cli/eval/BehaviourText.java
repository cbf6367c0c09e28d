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

    /// Returns all findings as rows of a table, the heads first.
    public List<List<String>> table() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ARM", "BEHAVIOUR", "ON", "NUMBER", "ARM'S", "BASE'S", "DIFFERENCE", "ROWS", "VERDICT"));
        for (Behaviour found : report.getBehavioursList()) {
            boolean measured = found.getUnmeasured().isEmpty();
            rows.add(List.of(
                    found.getArm(),
                    BehaviourName.of(found.getKind()),
                    place(found.getProbe()),
                    measured ? found.getName() : "-",
                    measured ? MetricText.value(found.getValue()) : "-",
                    measured ? MetricText.value(found.getBaseValue()) : "-",
                    measured ? difference(found) : "-",
                    measured ? Formats.count(found.getRows()) : "-",
                    measured ? verdict(found) : found.getUnmeasured()));
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
            case BETTER -> "is better";
            case WORSE -> "is worse";
            case NOT_DISTINGUISHABLE -> "not told apart";
            case VERDICT_UNSPECIFIED, UNRECOGNIZED -> "";
        };
    }
}
