package dev.finetide.registry;

class InMemoryBaseStoreTest extends BaseStoreContract {
    @Override
    BaseStore store() {
        return new InMemoryBaseStore();
    }
}
