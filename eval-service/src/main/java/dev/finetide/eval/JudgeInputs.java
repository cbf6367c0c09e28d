package dev.finetide.eval;

import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.rule.OutsideArmRules;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import java.util.List;
import java.util.Optional;

/// Checks and resolves what an evaluation says about its judge.
///
/// @param hosts hosts that a judge may stand behind
record JudgeInputs(EndpointHosts hosts) {
    private static final String FIELD = "spec.judge";

    /// Adds what breaks a rule, as far as no dataset is needed.
    static void check(String project, EvaluationSpec spec, List<FieldViolation> found) {
        if (!spec.hasJudge()) {
            return;
        }
        JudgeConfig judge = spec.getJudge();
        List<Arm> arms = spec.getConfig().getArmsList();
        OutsideArmRules.addressProblem(judge.getEndpoint().getUrl())
                .ifPresent(problem -> found.add(new FieldViolation(FIELD + ".endpoint.url", problem)));
        if (arms.size() < 2) {
            found.add(new FieldViolation(FIELD, "expected two arms or more to judge, got " + arms.size()));
        }
        if (!judge.getAgainst().isEmpty()
                && arms.stream().noneMatch(arm -> arm.getName().equals(judge.getAgainst()))) {
            found.add(new FieldViolation(
                    FIELD + ".against", "expected the name of an arm, got " + Printable.of(judge.getAgainst())));
        }
        if (!judge.getLabels().isEmpty()) {
            EvaluationInputs.ofProject(
                    project, ResourceType.DATASET_VERSION, FIELD + ".labels", judge.getLabels(), found);
        }
    }

    /// Resolves the judge of an evaluation.
    ///
    /// @param version dataset version whose rows are asked
    /// @param spec request, which gets the resolved names
    /// @return dataset version of the human labels
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND
    Optional<DatasetVersion> resolve(DatasetVersion version, EvaluationSpec.Builder spec, Catalog catalog) {
        if (!spec.hasJudge()) {
            return Optional.empty();
        }
        if (version.getRowFormat() == RowFormat.TEXT) {
            throw ApiException.invalidField(
                    FIELD, "expected no judge for rows that are all text, which nobody answers");
        }
        hosts.problem(spec.getJudge().getEndpoint()).ifPresent(problem -> {
            throw ApiException.invalidField(FIELD + ".endpoint.url", problem);
        });
        JudgeConfig.Builder judge = spec.getJudgeBuilder();
        judge.setAgainst(against(judge.getAgainst(), spec.getConfig().getArmsList()));
        if (judge.getLabels().isEmpty()) {
            return Optional.empty();
        }
        DatasetVersion labels = catalog.datasetVersion(judge.getLabels());
        if (labels.getTrainRows() == 0) {
            throw ApiException.invalidField(
                    FIELD + ".labels",
                    "expected a dataset version with labels as train rows, got " + labels.getName()
                            + ", which has none");
        }
        judge.setLabels(labels.getName());
        return Optional.of(labels);
    }

    private static String against(String wanted, List<Arm> arms) {
        return wanted.isEmpty()
                ? arms.stream()
                        .filter(arm ->
                                arm.getModel() == ArmModel.BASE || arm.getModel() == ArmModel.ARM_MODEL_UNSPECIFIED)
                        .findFirst()
                        .orElse(arms.getFirst())
                        .getName()
                : wanted;
    }
}
