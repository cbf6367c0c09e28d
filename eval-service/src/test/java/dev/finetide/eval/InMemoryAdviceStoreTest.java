package dev.finetide.eval;

class InMemoryAdviceStoreTest extends AdviceStoreContract {
    @Override
    AdviceStore store() {
        return new InMemoryAdviceStore();
    }
}
