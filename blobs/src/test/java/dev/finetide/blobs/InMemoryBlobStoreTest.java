package dev.finetide.blobs;

import java.nio.file.Path;

class InMemoryBlobStoreTest extends BlobStoreContract {

    @Override
    BlobStore newStore(Path directory) {
        return new InMemoryBlobStore();
    }

    @Override
    void corrupt(BlobStore store, String key) {
        ((InMemoryBlobStore) store).corrupt(key);
    }
}
