package dev.finetide.training;

class InMemoryRunStoreTest extends RunStoreContract {
    @Override
    RunStore store() {
        return new InMemoryRunStore();
    }
}
