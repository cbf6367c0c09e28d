package dev.finetide.eval;

import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.HashMap;
import java.util.Map;

/// Knows one dataset, one base, and the model versions that a test adds.
final class FakeCatalog implements Catalog {
    static final String DATASET = "projects/default/datasets/tickets/versions/";
    static final String BASE = "projects/default/bases/tiny";
    static final String BASE_DIGEST = "base-digest";

    private final Map<String, ModelVersion> versions = new HashMap<>();
    static final String MANUAL = "projects/default/datasets/manual/versions/";

    long testRows = Stage.ROWS;
    boolean hasManual = true;
    RowFormat format = RowFormat.PROMPT_COMPLETION;

    /// Adds an adapter of the base that was trained under another template contract, and returns
    /// its name.
    String adapterOfAnotherContract(int number) {
        String name = adapter(number, BASE_DIGEST, ModelVersion.State.REGISTERED);
        versions.computeIfPresent(
                name,
                (_, version) ->
                        version.toBuilder().setTemplateDigest("contract-b").build());
        return name;
    }

    /// Says with which passages the rows of a version were learnt.
    void trainedWith(String name, Retrieval passages) {
        versions.computeIfPresent(
                name, (_, version) -> version.toBuilder().setPassages(passages).build());
    }

    /// Adds an adapter and returns its name.
    String adapter(int number, String baseDigest, ModelVersion.State state) {
        String name = "projects/default/models/tickets/versions/" + number;
        versions.put(
                name,
                ModelVersion.newBuilder()
                        .setName(name)
                        .setKind(ModelKind.ADAPTER)
                        .setState(state)
                        .setDigest("adapter-" + number)
                        .setBase("projects/default/bases/of-" + baseDigest)
                        .setBaseDigest(baseDigest)
                        .build());
        return name;
    }

    @Override
    public DatasetVersion datasetVersion(String name) {
        if (name.startsWith(MANUAL) && hasManual) {
            return DatasetVersion.newBuilder()
                    .setName(MANUAL + 2)
                    .setDigest("manual-2")
                    .setRowFormat(RowFormat.DOCUMENTS)
                    .addSplits(Split.newBuilder().setName("documents").setRows(9))
                    .build();
        }
        if (!name.startsWith(DATASET)) {
            throw ApiException.notFound(name);
        }
        return DatasetVersion.newBuilder()
                .setName(DATASET + 3)
                .setDigest("tickets-3")
                .setTrainRows(Stage.TRAIN_ROWS)
                .setTestRows(testRows)
                .setRowFormat(format)
                .addSplits(Split.newBuilder().setName("train").setRows(Stage.TRAIN_ROWS))
                .addSplits(Split.newBuilder().setName("test").setRows(testRows))
                .addSplits(Split.newBuilder().setName("abroad").setRows(5))
                .build();
    }

    @Override
    public Base base(String name) {
        if (!name.equals(BASE)) {
            throw ApiException.notFound(name);
        }
        return Base.newBuilder()
                .setName(BASE)
                .setDigest(BASE_DIGEST)
                .setTemplateDigest("contract-a")
                .build();
    }

    @Override
    public ModelVersion modelVersion(String name) {
        ModelVersion version = versions.get(name);
        if (version == null) {
            throw ApiException.notFound(name);
        }
        return version;
    }
}
