package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.name.ResourceId;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.rule.BehaviourRules;
import dev.finetide.kit.rule.DocumentArms;
import dev.finetide.kit.rule.DocumentRules;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Resolves everything that a requested run is made from, once: base, dataset version, adapter and settings.
final class ResolvedInputs {
    private final RunCatalog catalog;
    private final RunStore store;

    ResolvedInputs(RunCatalog catalog, RunStore store) {
        this.catalog = catalog;
        this.store = store;
    }

    /// Everything that the catalog knows about a run's inputs, asked for once.
    ///
    /// @param context the longest row that the base can take, in tokens, if known
    /// @param adapter the adapter with which training continues, if the settings name one
    /// @param documents the document set in which passages are looked up, if the settings name one
    private record Gathered(
            Base base,
            OptionalInt context,
            DatasetVersion version,
            Optional<ModelVersion> adapter,
            Optional<DatasetVersion> documents) {}

    /// Makes the run that the settings ask for, without its state. Gathers the inputs, checks them
    /// against each other, and resolves every setting.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    TrainingRun.Builder of(String project, TrainingConfig wanted, Instant now) {
        ConfigRules.check(project, wanted);
        Gathered gathered = gather(wanted);
        gathered.adapter().ifPresent(adapter -> ConfigRules.checkAdapter(adapter, gathered.base()));
        RenderingRules.check(wanted, gathered.version(), gathered.base());
        gathered.documents()
                .flatMap(documents -> DocumentRules.noDocuments("config.passages.documents", documents))
                .ifPresent(problem -> {
                    throw ApiException.invalidFields(List.of(problem));
                });
        TrainingRun.Builder run = TrainingRun.newBuilder()
                .setName(ResourceType.TRAINING_RUN.name(project, ResourceId.next("run", now)))
                .setConfig(resolve(wanted, gathered))
                .setDatasetVersion(gathered.version())
                .setBase(gathered.base())
                .addAllInitialAdapter(
                        gathered.adapter().map(ModelVersion::getFilesList).orElse(List.of()))
                .setTraceparent(Traceparent.current());
        gathered.documents().ifPresent(run::setPassageDocuments);
        return run;
    }

    private Gathered gather(TrainingConfig wanted) {
        Base base = catalog.base(wanted.getBase());
        Optional<ModelVersion> adapter = wanted.getFromModelVersion().isEmpty()
                ? Optional.empty()
                : Optional.of(catalog.modelVersion(wanted.getFromModelVersion()));
        String documents = wanted.getPassages().getDocuments();
        return new Gathered(
                base,
                catalog.context(base),
                catalog.datasetVersion(wanted.getDatasetVersion()),
                adapter,
                documents.isEmpty() ? Optional.empty() : Optional.of(catalog.datasetVersion(documents)));
    }

    private TrainingConfig resolve(TrainingConfig wanted, Gathered gathered) {
        TrainingConfig.Builder config = wanted.toBuilder();
        List<Arm> arms = wanted.getEvaluation().getArmsList();
        if (!arms.isEmpty()) {
            config.getEvaluationBuilder()
                    .clearArms()
                    .addAllArms(DocumentArms.of("config.evaluation.arms", arms, catalog::datasetVersion)
                            .arms());
        }
        gathered.documents().ifPresent(documents -> config.getPassagesBuilder().setDocuments(documents.getName()));
        if (wanted.getEvaluation().hasBehaviour()) {
            config.getEvaluationBuilder()
                    .setBehaviour(BehaviourRules.resolve(
                                    "config.evaluation.behaviour",
                                    wanted.getEvaluation().getBehaviour(),
                                    catalog::datasetVersion)
                            .config());
        }
        gathered.adapter()
                .ifPresent(
                        adapter -> config.setFromModelVersion(adapter.getName()).setLora(loraOf(adapter)));
        return ConfigDefaults.complete(config.build(), gathered.version(), gathered.base(), gathered.context());
    }

    /// Returns the settings that the adapter was made with.
    private LoraConfig loraOf(ModelVersion adapter) {
        return store.find(adapter.getTrainingRun())
                .map(run -> run.view().getConfig().getLora())
                .orElseThrow(() -> ApiException.invalidField(
                        "config.from_model_version",
                        "expected a version that was trained here, its run " + adapter.getTrainingRun()
                                + " is not known"));
    }
}
