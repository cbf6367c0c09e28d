package dev.finetide.eval;

import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.rule.ArmRules;
import dev.finetide.kit.rule.BehaviourRules;
import dev.finetide.kit.rule.DocumentArms;
import dev.finetide.kit.rule.DocumentRules;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.metrics.Settings;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.BehaviourConfig;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Resolves everything that an evaluation is made from, once: dataset version, base, and the model
/// of each arm.
final class EvaluationInputs {
    private static final String BEHAVIOUR = "spec.config.behaviour";

    private final Catalog catalog;
    private final Arms arms;

    EvaluationInputs(Catalog catalog, Arms arms) {
        this.catalog = catalog;
        this.arms = arms;
    }

    /// Makes the evaluation of a run that succeeded, without its state.
    Evaluation.Builder ofRun(String name, TrainingRun run) {
        TrainingConfig config = run.getConfig();
        DocumentsOfRun looked = DocumentsOfRun.of(arms.ofRun(run), catalog);
        BehaviourConfig behaviour = config.getEvaluation().getBehaviour();
        return Evaluation.newBuilder()
                .setName(name)
                .setTrainingRun(run)
                .setModelVersion(run.getModelVersion())
                .setSpec(EvaluationSpec.newBuilder()
                        .setDatasetVersion(run.getDatasetVersion().getName())
                        .setSplit(Split.TEST)
                        .setBase(run.getBase().getName())
                        .setConfig(config.getEvaluation())
                        .setRendering(config.getRendering())
                        .addAllLeaveOut(config.getLeaveOutList())
                        .setPrecision(config.getPrecision()))
                .setDatasetVersion(run.getDatasetVersion())
                .setBase(run.getBase())
                .addAllArms(ProbedArms.marked(looked.arms(), behaviour))
                .addAllOtherVersions(looked.versions())
                .addAllOtherVersions(ProbedArms.knownVersions(behaviour, catalog))
                .setTraceparent(run.getTraceparent());
    }

    /// Makes the evaluation that a client asks for, without its state.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    Evaluation.Builder of(String project, String name, EvaluationSpec wanted) {
        checkNames(project, wanted);
        DatasetVersion version = catalog.datasetVersion(wanted.getDatasetVersion());
        Base base = catalog.base(wanted.getBase());
        EvaluationSpec.Builder spec = wanted.toBuilder()
                .setDatasetVersion(version.getName())
                .setSplit(wanted.getSplit().isEmpty() ? Split.TEST : wanted.getSplit());
        DocumentRules.refusal("spec.dataset_version", version).ifPresent(refusal -> {
            throw ApiException.invalidFields(List.of(refusal));
        });
        Optional<DatasetVersion> labels = new JudgeInputs(arms.hosts()).resolve(version, spec, catalog);
        checkSplit(version, spec.getSplit());
        List<FieldViolation> tooMany = ArmRules.unfit("spec.config", wanted.getConfig(), version);
        if (!tooMany.isEmpty()) {
            throw ApiException.invalidFields(tooMany);
        }
        FrozenAnswers frozen = FrozenAnswers.of(wanted.getConfig().getArmsList(), catalog);
        List<EvaluationArm> known = arms.of(frozen.resolved(), base, catalog);
        DocumentArms documents = DocumentArms.of(
                "spec.config.arms", known.stream().map(EvaluationArm::getArm).toList(), catalog::datasetVersion);
        BehaviourRules.Resolved behaviour =
                BehaviourRules.resolve(BEHAVIOUR, wanted.getConfig().getBehaviour(), catalog::datasetVersion);
        if (wanted.getConfig().hasBehaviour()) {
            spec.getConfigBuilder().setBehaviour(behaviour.config());
        }
        return Evaluation.newBuilder()
                .addAllOtherVersions(labels.stream().toList())
                .setName(name)
                .setSpec(spec)
                .setDatasetVersion(version)
                .setBase(base)
                .addAllArms(ProbedArms.marked(withArms(known, documents.arms()), behaviour.config()))
                .addAllOtherVersions(frozen.versions())
                .addAllOtherVersions(documents.versions())
                .addAllOtherVersions(behaviour.versions())
                .setTraceparent(Traceparent.current());
    }

    /// Returns the arms with other descriptions, in the same order.
    private static List<EvaluationArm> withArms(List<EvaluationArm> known, List<Arm> described) {
        return IntStream.range(0, known.size())
                .mapToObj(i -> known.get(i).toBuilder().setArm(described.get(i)).build())
                .toList();
    }

    private static void checkSplit(DatasetVersion version, String split) {
        if (split.equals(Split.TRAIN)) {
            throw ApiException.invalidField(
                    "spec.split", "expected another split than train, which models are made from");
        }
        if (Split.rows(version, split) == 0) {
            List<String> others = Split.asked(version);
            throw ApiException.invalidField(
                    "spec.split",
                    "expected a split with rows, got %s of %s, which has none%s"
                            .formatted(
                                    split,
                                    version.getName(),
                                    others.isEmpty() ? "" : "; it has " + String.join(", ", others)));
        }
    }

    /// Checks that everything belongs to the evaluation's project, and the rules that concern
    /// several fields.
    private static void checkNames(String project, EvaluationSpec spec) {
        List<FieldViolation> found = new ArrayList<>(ArmRules.violations("spec.config", spec.getConfig(), false));
        schemaViolation("spec.config", spec.getConfig()).ifPresent(found::add);
        JudgeInputs.check(project, spec, found);
        ofProject(project, ResourceType.DATASET_VERSION, "spec.dataset_version", spec.getDatasetVersion(), found);
        ofProject(project, ResourceType.BASE, "spec.base", spec.getBase(), found);
        DocumentArms.names("spec.config.arms", spec.getConfig().getArmsList())
                .forEach((field, documents) ->
                        ofProject(project, ResourceType.DATASET_VERSION, field, documents, found));
        BehaviourRules.names(BEHAVIOUR, spec.getConfig().getBehaviour())
                .forEach((field, probe) -> ofProject(project, ResourceType.DATASET_VERSION, field, probe, found));
        for (int i = 0; i < spec.getConfig().getArmsCount(); i++) {
            String version = spec.getConfig().getArms(i).getModelVersion();
            String frozen = spec.getConfig().getArms(i).getFrozenAnswers();
            if (!frozen.isEmpty()) {
                ofProject(
                        project,
                        ResourceType.DATASET_VERSION,
                        "spec.config.arms[" + i + "].frozen_answers",
                        frozen,
                        found);
            }
            if (!version.isEmpty()) {
                ofProject(
                        project,
                        ResourceType.MODEL_VERSION,
                        "spec.config.arms[" + i + "].model_version",
                        version,
                        found);
            }
        }
        if (!found.isEmpty()) {
            throw ApiException.invalidFields(found);
        }
    }

    /// Returns what is wrong with the JSON schema of an evaluation's settings.
    static Optional<FieldViolation> schemaViolation(String field, EvaluationConfig config) {
        try {
            new Settings(Optional.of(config.getJsonSchema()).filter(schema -> !schema.isEmpty()));
            return Optional.empty();
        } catch (IllegalArgumentException noSchema) {
            return Optional.of(new FieldViolation(field + ".json_schema", noSchema.getMessage()));
        }
    }

    /// Adds a violation for a resource of another project.
    static void ofProject(String project, ResourceType type, String field, String name, List<FieldViolation> found) {
        String of = type.ids(field, name).getFirst();
        if (!of.equals(project)) {
            found.add(new FieldViolation(field, "expected a resource of projects/%s, got %s".formatted(project, name)));
        }
    }
}
