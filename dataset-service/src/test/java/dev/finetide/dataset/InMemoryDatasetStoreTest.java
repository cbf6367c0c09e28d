package dev.finetide.dataset;

class InMemoryDatasetStoreTest extends DatasetStoreContract {
    @Override
    DatasetStore store() {
        return new InMemoryDatasetStore();
    }
}
