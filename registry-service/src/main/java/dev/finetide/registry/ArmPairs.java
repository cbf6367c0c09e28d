package dev.finetide.registry;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.Comparison;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/// The arms of an evaluation and their comparisons, as the policy asks for them.
record ArmPairs(Evaluation evaluation) {
    private EvaluationReport report() {
        return evaluation.getReport();
    }

    /// Returns the arm that is decided about: the first one whose model is the run's result.
    Optional<ArmReport> tuned() {
        return report().getArmsList().stream()
                .filter(arm -> arm.getModel() == ArmModel.TUNED)
                .findFirst();
    }

    /// Returns the arm of a name.
    Optional<ArmReport> arm(String name) {
        return report().getArmsList().stream()
                .filter(arm -> arm.getArm().equals(name))
                .findFirst();
    }

    /// Returns the arms of the base alone that have numbers.
    List<String> untrained() {
        return report().getArmsList().stream()
                .filter(arm -> arm.getModel() == ArmModel.BASE || arm.getModel() == ArmModel.ARM_MODEL_UNSPECIFIED)
                .filter(arm -> !arm.hasError())
                .map(ArmReport::getArm)
                .toList();
    }

    /// Returns the arm that a version is: the one that eval-service added, or else the first that names the version.
    ///
    /// @param version resource name of the version
    Optional<String> armOf(String version) {
        return ofVersion(version, EvaluationArm::getApproved).or(() -> ofVersion(version, arm -> true));
    }

    private Optional<String> ofVersion(String version, Predicate<EvaluationArm> wanted) {
        return evaluation.getArmsList().stream()
                .filter(arm -> arm.getArm().getModelVersion().equals(version))
                .filter(wanted)
                .map(arm -> arm.getArm().getName())
                .findFirst();
    }

    /// Returns the comparison of two arms, turned so that its `arm` is the first one.
    Optional<Comparison> comparison(String arm, String other, String metric) {
        return report().getComparisonsList().stream()
                .filter(pair -> pair.getMetric().equals(metric))
                .filter(pair -> pair.getArm().equals(arm) && pair.getOther().equals(other)
                        || pair.getArm().equals(other) && pair.getOther().equals(arm))
                .findFirst()
                .map(pair -> pair.getArm().equals(arm) ? pair : turned(pair));
    }

    private static Comparison turned(Comparison pair) {
        return pair.toBuilder()
                .setArm(pair.getOther())
                .setOther(pair.getArm())
                .setDifference(0 - pair.getDifference()) // 0, not -0, where there is none
                .setLow(0 - pair.getHigh())
                .setHigh(0 - pair.getLow())
                .setRowsWon(pair.getRowsLost())
                .setRowsLost(pair.getRowsWon())
                .setVerdict(turned(pair.getVerdict()))
                .build();
    }

    private static Verdict turned(Verdict verdict) {
        return switch (verdict) {
            case BETTER -> Verdict.WORSE;
            case WORSE -> Verdict.BETTER;
            case NOT_DISTINGUISHABLE, VERDICT_UNSPECIFIED, UNRECOGNIZED -> verdict;
        };
    }

    /// Returns the value of a metric; NaN if the arm has none.
    double value(String arm, String metric) {
        return arm(arm).map(ArmReport::getScoresMap)
                .filter(scores -> scores.containsKey(metric))
                .map(scores -> scores.get(metric).getValue())
                .orElse(Double.NaN);
    }

    /// Names an arm for people, with its version if it has one: "approved (support-desk@3)".
    String label(String arm) {
        return evaluation.getArmsList().stream()
                .map(EvaluationArm::getArm)
                .filter(named -> named.getName().equals(arm))
                .map(Arm::getModelVersion)
                .filter(version -> !version.isEmpty())
                .findFirst()
                .map(version -> arm + " (" + brief(version) + ")")
                .orElse(arm);
    }

    /// Shortens a version's name: "projects/default/models/m/versions/3" becomes "m@3".
    static String brief(String version) {
        return version.replaceFirst("^projects/[^/]+/models/", "").replace("/versions/", "@");
    }

    /// Writes the numbers of a comparison: both values, the difference with its interval, and the rows.
    String numbers(Comparison pair) {
        return String.format(
                Locale.ROOT,
                "%s %.4f against %.4f, difference %.4f [%.4f, %.4f], %d rows won, %d lost, %d tied",
                pair.getMetric(),
                value(pair.getArm(), pair.getMetric()),
                value(pair.getOther(), pair.getMetric()),
                pair.getDifference(),
                pair.getLow(),
                pair.getHigh(),
                pair.getRowsWon(),
                pair.getRowsLost(),
                pair.getRowsTied());
    }

    /// Returns the number of rows that both arms answered.
    static long rows(Comparison pair) {
        return pair.getRowsWon() + pair.getRowsLost() + pair.getRowsTied();
    }
}
