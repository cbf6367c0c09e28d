package dev.finetide.registry;

class InMemoryModelStoreTest extends ModelStoreContract {
    @Override
    ModelStore store() {
        return new InMemoryModelStore();
    }
}
