package dev.finetide.eval;

import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rule.BehaviourRules;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.BehaviourConfig;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.ProbeRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The arms whose behaviour is probed: the trained ones, and the first arm of the base alone, with
/// which they are compared.
final class ProbedArms {
    private ProbedArms() {}

    /// Marks the arms that are probed. None is where no arm is trained, or no probe is asked for.
    static List<EvaluationArm> marked(List<EvaluationArm> arms, BehaviourConfig behaviour) {
        boolean asked = behaviour.getProbesList().stream().anyMatch(kind -> kind != BehaviourKind.DRIFT);
        if (!asked || arms.stream().noneMatch(arm -> isTrained(arm) && !arm.hasError())) {
            return arms;
        }
        Optional<String> base = base(arms);
        List<EvaluationArm> marked = new ArrayList<>();
        for (EvaluationArm arm : arms) {
            boolean probed =
                    isTrained(arm) || base.equals(Optional.of(arm.getArm().getName()));
            marked.add(arm.toBuilder().setProbed(probed && !arm.hasError()).build());
        }
        return marked;
    }

    /// Whether an arm's model is a trained one.
    static boolean isTrained(EvaluationArm arm) {
        return arm.getArm().getModel() == ArmModel.TUNED || arm.getArm().getModel() == ArmModel.MODEL_VERSION;
    }

    private static Optional<String> base(List<EvaluationArm> arms) {
        return arms.stream()
                .filter(arm -> arm.getArm().getModel() == ArmModel.BASE
                        || arm.getArm().getModel() == ArmModel.ARM_MODEL_UNSPECIFIED)
                .map(arm -> arm.getArm().getName())
                .findFirst();
    }

    /// Returns the dataset versions of probes that still exist. The worker says which are missing.
    ///
    /// @throws ApiException DEPENDENCY_UNAVAILABLE
    static List<DatasetVersion> knownVersions(BehaviourConfig behaviour, Catalog catalog) {
        List<DatasetVersion> versions = new ArrayList<>();
        for (String name : BehaviourRules.names("behaviour", behaviour).values()) {
            try {
                versions.add(catalog.datasetVersion(name));
            } catch (ApiException e) {
                if (e.reason() == ErrorReason.DEPENDENCY_UNAVAILABLE) {
                    throw e;
                }
            }
        }
        return versions.stream().distinct().toList();
    }

    /// Counts the rows of probes that an arm answers.
    static long rows(Evaluation evaluation, EvaluationArm arm) {
        return arm.getProbed()
                ? evaluation.getRows().getProbesList().stream()
                        .mapToLong(ProbeRows::getRows)
                        .sum()
                : 0;
    }

    /// @throws IllegalArgumentException for a row of a probe that the arm does not answer
    static void check(Evaluation evaluation, EvaluationArm arm, ExampleResult result) {
        long rows = evaluation.getRows().getProbesList().stream()
                .filter(probe -> arm.getProbed() && probe.getName().equals(result.getProbe()))
                .mapToLong(ProbeRows::getRows)
                .sum();
        if (result.getRow() < 0 || result.getRow() >= rows || result.getRepeat() != 0) {
            throw new IllegalArgumentException("expected a row below %d of a probe of arm %s, got row %d, draw %d"
                    .formatted(rows, arm.getArm().getName(), result.getRow(), result.getRepeat()));
        }
    }
}
