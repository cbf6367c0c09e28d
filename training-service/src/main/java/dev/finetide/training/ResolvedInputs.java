package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.trace.Traceparent;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import java.time.Instant;

/// Resolves what a requested run is made from, once and for all: base, dataset version, adapter and settings.
final class ResolvedInputs {
    private final Catalog catalog;
    private final RunStore store;

    ResolvedInputs(Catalog catalog, RunStore store) {
        this.catalog = catalog;
        this.store = store;
    }

    /// The run without its life.
    TrainingRun.Builder of(String project, TrainingConfig wanted, Instant now) {
        ConfigRules.check(project, wanted);
        TrainingRun.Builder run =
                TrainingRun.newBuilder().setName(ResourceType.TRAINING_RUN.name(project, RunId.next(now)));
        Base base = catalog.base(wanted.getBase());
        TrainingConfig.Builder config = wanted.toBuilder();
        if (!wanted.getFromModelVersion().isEmpty()) {
            ModelVersion adapter = catalog.modelVersion(wanted.getFromModelVersion());
            ConfigRules.checkAdapter(adapter, base);
            config.setFromModelVersion(adapter.getName()).setLora(loraOf(adapter));
            run.addAllInitialAdapter(adapter.getFilesList());
        }
        DatasetVersion version = catalog.datasetVersion(wanted.getDatasetVersion());
        return run.setConfig(ConfigDefaults.complete(config.build(), version, base, catalog.context(base)))
                .setDatasetVersion(version)
                .setBase(base)
                .setTraceparent(Traceparent.current());
    }

    /// The settings that the adapter was made with.
    private LoraConfig loraOf(ModelVersion adapter) {
        return store.find(adapter.getTrainingRun())
                .map(run -> run.view().getConfig().getLora())
                .orElseThrow(() -> ApiException.invalidField(
                        "config.from_model_version",
                        "expected a version that was trained here, its run " + adapter.getTrainingRun()
                                + " is not known"));
    }
}
