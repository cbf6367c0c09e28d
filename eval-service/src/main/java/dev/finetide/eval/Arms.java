package dev.finetide.eval;

import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rule.ArmRules;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds the model of each arm.
final class Arms {
    private static final List<Arm> OF_RUN = List.of(
            Arm.newBuilder().setName("base").setModel(ArmModel.BASE).build(),
            Arm.newBuilder().setName("tuned").setModel(ArmModel.TUNED).build());

    private final EvaluationStore store;
    private final ModelVersions versions;
    private final EndpointHosts hosts;

    Arms(EvaluationStore store, ModelVersions versions, EndpointHosts hosts) {
        this.store = store;
        this.versions = versions;
        this.hosts = hosts;
    }

    EndpointHosts hosts() {
        return hosts;
    }

    /// Returns the arms of a run's evaluation: those that the run's settings name, base and tuned
    /// model unless they name some, and the version of the run's model that is approved now. A
    /// version that cannot be an arm of this base fails its arm.
    List<EvaluationArm> ofRun(TrainingRun run) {
        List<Arm> wanted = run.getConfig().getEvaluation().getArmsCount() == 0
                ? OF_RUN
                : run.getConfig().getEvaluation().getArmsList();
        List<EvaluationArm> arms = new ArrayList<>();
        for (Arm arm : wanted) {
            arms.add(
                    switch (arm.getModel()) {
                        case TUNED -> tuned(arm, run);
                        case MODEL_VERSION ->
                            versions.find(arm.getModelVersion())
                                    .map(version -> ofVersion(arm, version, run.getBase()))
                                    .orElseGet(() -> failed(arm, arm.getModelVersion() + " is not known"));
                        default ->
                            hosts.problem(arm)
                                    .map(problem -> failed(arm, "endpoint.url: " + problem))
                                    .orElseGet(() -> EvaluationArm.newBuilder()
                                            .setArm(arm)
                                            .build());
                    });
        }
        approved(run, arms).ifPresent(arms::add);
        return arms;
    }

    /// Returns the approved version as an arm, if there is one that this base can be switched to
    /// and no other arm is it already. The registry holds the tuned version where it finds that the
    /// approved one was not compared.
    private Optional<EvaluationArm> approved(TrainingRun run, List<EvaluationArm> others) {
        return versions.approved(run.getConfig().getModel())
                .filter(version -> others.stream()
                        .noneMatch(arm -> arm.getArm().getModelVersion().equals(version.getName())
                                || arm.getArm().getName().equals(ArmRules.APPROVED)))
                .map(version -> ofVersion(
                        Arm.newBuilder()
                                .setName(ArmRules.APPROVED)
                                .setModel(ArmModel.MODEL_VERSION)
                                .setModelVersion(version.getName())
                                .build(),
                        version,
                        run.getBase()))
                .filter(arm -> !arm.hasError())
                .map(arm -> arm.toBuilder().setApproved(true).build());
    }

    private static EvaluationArm tuned(Arm arm, TrainingRun run) {
        TrainingOutput output = run.getOutput();
        return TrainedPassages.arm(arm, run.getConfig().getPassages())
                .setKind(output.getKind())
                .addAllFiles(output.getFilesList())
                .setDigest(output.getDigest())
                .setTrainSeconds(output.getTrainSeconds())
                .setTrainPeakMemoryBytes(output.getPeakMemoryBytes())
                .build();
    }

    private EvaluationArm ofVersion(Arm arm, ModelVersion version, Base base) {
        Optional<String> problem = problem(version, base);
        return problem.isPresent() ? failed(arm, problem.get()) : known(arm, version);
    }

    /// Returns the arms of an evaluation that a client asks for.
    ///
    /// @throws ApiException INVALID_FIELD for a version that cannot be an arm of this base,
    ///     RESOURCE_NOT_FOUND
    List<EvaluationArm> of(List<Arm> wanted, Base base, Catalog catalog) {
        List<EvaluationArm> arms = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            Arm arm = wanted.get(i);
            String url = "spec.config.arms[" + i + "].endpoint.url";
            hosts.problem(arm).ifPresent(problem -> {
                throw ApiException.invalidField(url, problem);
            });
            if (arm.getModel() != ArmModel.MODEL_VERSION) {
                arms.add(EvaluationArm.newBuilder().setArm(arm).build());
                continue;
            }
            ModelVersion version = catalog.modelVersion(arm.getModelVersion());
            String field = "spec.config.arms[" + i + "].model_version";
            problem(version, base).ifPresent(problem -> {
                throw ApiException.invalidField(field, problem);
            });
            arms.add(known(arm.toBuilder().setModelVersion(version.getName()).build(), version));
        }
        return arms;
    }

    /// Returns why a version cannot be an arm of an evaluation of this base.
    private static Optional<String> problem(ModelVersion version, Base base) {
        if (version.getState() == ModelVersion.State.REVOKED) {
            return Optional.of("expected a version that is not revoked, got " + version.getName());
        }
        if (version.getState() == ModelVersion.State.DELETED) {
            return Optional.of("expected a version that is not deleted, got " + version.getName());
        }
        if (version.getKind() != ModelKind.FULL_MODEL
                && !version.getBaseDigest().equals(base.getDigest())) {
            return Optional.of("expected an adapter of %s, got %s, which is one of %s"
                    .formatted(base.getName(), version.getName(), version.getBase()));
        }
        boolean known = !version.getTemplateDigest().isEmpty()
                && !base.getTemplateDigest().isEmpty();
        if (version.getKind() != ModelKind.FULL_MODEL
                && known
                && !version.getTemplateDigest().equals(base.getTemplateDigest())) {
            return Optional.of("expected a version of the template contract %s of %s, got %s of %s"
                    .formatted(
                            base.getTemplateDigest(), base.getName(), version.getTemplateDigest(), version.getName()));
        }
        return Optional.empty();
    }

    private EvaluationArm known(Arm arm, ModelVersion version) {
        Optional<TrainingOutput> output = store.findOfRun(version.getTrainingRun())
                .flatMap(StoredEvaluation::trainingRun)
                .map(TrainingRun::getOutput);
        return TrainedPassages.arm(arm, version.getPassages())
                .setKind(version.getKind())
                .addAllFiles(version.getFilesList())
                .setDigest(version.getDigest())
                .setTrainSeconds(output.map(TrainingOutput::getTrainSeconds).orElse(0.0))
                .setTrainPeakMemoryBytes(
                        output.map(TrainingOutput::getPeakMemoryBytes).orElse(0L))
                .build();
    }

    private static EvaluationArm failed(Arm arm, String problem) {
        return EvaluationArm.newBuilder()
                .setArm(arm)
                .setError(WorkError.newBuilder()
                        .setReason(WorkReason.BAD_CONFIGURATION)
                        .setMessage(problem))
                .build();
    }

    /// Returns whether an evaluation asks a version in an arm that has not failed.
    static List<String> armsOf(Evaluation evaluation, String version) {
        return evaluation.getArmsList().stream()
                .filter(arm -> !arm.hasError() && arm.getArm().getModelVersion().equals(version))
                .map(arm -> arm.getArm().getName())
                .toList();
    }
}
