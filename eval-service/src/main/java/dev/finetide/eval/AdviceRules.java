package dev.finetide.eval;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.rule.ArmRules;
import dev.finetide.kit.rule.BehaviourRules;
import dev.finetide.kit.rule.DocumentArms;
import dev.finetide.kit.rule.FieldRules;
import dev.finetide.proto.evaluation.v1.AdviceSpec;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.ArrayList;
import java.util.List;

/// Checks what a client asks advice for, as far as no dataset is needed.
final class AdviceRules {
    private AdviceRules() {}

    /// @throws ApiException INVALID_FIELD with every violation
    static void check(String project, AdviceSpec spec) {
        List<FieldViolation> found =
                new ArrayList<>(ArmRules.violations("spec.evaluation", spec.getEvaluation(), true));
        EvaluationInputs.schemaViolation("spec.evaluation", spec.getEvaluation())
                .ifPresent(found::add);
        EvaluationInputs.ofProject(
                project, ResourceType.DATASET_VERSION, "spec.dataset_version", spec.getDatasetVersion(), found);
        EvaluationInputs.ofProject(project, ResourceType.BASE, "spec.base", spec.getBase(), found);
        DocumentArms.names("spec.evaluation.arms", spec.getEvaluation().getArmsList())
                .forEach((field, documents) ->
                        EvaluationInputs.ofProject(project, ResourceType.DATASET_VERSION, field, documents, found));
        BehaviourRules.names("spec.evaluation.behaviour", spec.getEvaluation().getBehaviour())
                .forEach((field, probe) ->
                        EvaluationInputs.ofProject(project, ResourceType.DATASET_VERSION, field, probe, found));
        if (spec.getMethodsList().contains(Method.METHOD_UNSPECIFIED)) {
            found.add(new FieldViolation("spec.methods", "expected LORA or FULL, got METHOD_UNSPECIFIED"));
        }
        if (spec.getMethodsList().stream().distinct().count() < spec.getMethodsCount()) {
            found.add(new FieldViolation("spec.methods", "expected each method once, got one twice"));
        }
        List<Arm> arms = spec.getEvaluation().getArmsList();
        for (int i = 0; i < arms.size(); i++) {
            if (!arms.get(i).getModelVersion().isEmpty()) {
                found.add(new FieldViolation(
                        "spec.evaluation.arms[" + i + "].model_version",
                        "expected an arm of the base or of the tuned model, because advice trains itself"));
            }
        }
        TrainingConfig training = spec.getTraining();
        absent(training.getDatasetVersion().isEmpty(), "dataset_version", found);
        absent(training.getBase().isEmpty(), "base", found);
        absent(training.getMethod() == Method.METHOD_UNSPECIFIED, "method", found);
        absent(!training.hasEvaluation(), "evaluation", found);
        absent(!training.getDryRun(), "dry_run", found);
        // Whatever the advice sets is there in each of its runs.
        found.addAll(FieldRules.violations(
                training.toBuilder()
                        .setDatasetVersion(spec.getDatasetVersion())
                        .setBase(spec.getBase())
                        .setMethod(Method.LORA)
                        .build(),
                "spec.training"));
        if (!found.isEmpty()) {
            throw ApiException.invalidFields(found);
        }
    }

    private static void absent(boolean isAbsent, String field, List<FieldViolation> found) {
        if (!isAbsent) {
            found.add(new FieldViolation("spec.training." + field, "expected nothing, because the advice sets it"));
        }
    }
}
