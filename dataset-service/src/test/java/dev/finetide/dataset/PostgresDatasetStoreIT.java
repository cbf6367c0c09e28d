package dev.finetide.dataset;

import dev.finetide.kit.embedded.TestDatabase;

class PostgresDatasetStoreIT extends DatasetStoreContract {
    @Override
    DatasetStore store() {
        return new PostgresDatasetStore(TestDatabase.fresh("dataset_store"));
    }
}
