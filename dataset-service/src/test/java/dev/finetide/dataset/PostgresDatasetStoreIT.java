package dev.finetide.dataset;

import dev.finetide.kit.store.TestSchema;

class PostgresDatasetStoreIT extends DatasetStoreContract {
    @Override
    DatasetStore store() {
        return new PostgresDatasetStore(TestSchema.fresh());
    }
}
