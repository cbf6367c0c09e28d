package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.OptionalInt;

/// A catalog with one base, one dataset, whose latest version is 3, and one document set.
final class FakeCatalog implements RunCatalog {
    static final String DATASET = "projects/default/datasets/tickets/versions/";
    static final String MANUAL = "projects/default/datasets/manual/versions/";
    static final String BASE = "projects/default/bases/tiny";
    int asked;
    ModelVersion adapter = ModelVersion.getDefaultInstance();

    @Override
    public DatasetVersion datasetVersion(String name) {
        asked++;
        if (name.startsWith(MANUAL)) {
            return DatasetVersion.newBuilder()
                    .setName(MANUAL + "2")
                    .setDigest("manual-2")
                    .setRowFormat(RowFormat.DOCUMENTS)
                    .build();
        }
        if (!name.equals(DATASET + "latest") && !name.equals(DATASET + "3")) {
            throw ApiException.notFound(name);
        }
        return DatasetVersion.newBuilder()
                .setName(DATASET + "3")
                .setTrainRows(1_000)
                .setTestRows(100)
                .build();
    }

    @Override
    public Base base(String name) {
        asked++;
        if (!name.equals(BASE)) {
            throw ApiException.notFound(name);
        }
        return Base.newBuilder()
                .setName(BASE)
                .setModelType("llama")
                .setTemplateDigest("contract-a")
                .build();
    }

    @Override
    public ModelVersion modelVersion(String name) {
        asked++;
        if (!name.equals(adapter.getName())) {
            throw ApiException.notFound(name);
        }
        return adapter;
    }

    @Override
    public OptionalInt context(Base base) {
        return OptionalInt.of(512);
    }
}
