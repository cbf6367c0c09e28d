package dev.finetide.eval;

class InMemoryEvaluationStoreTest extends EvaluationStoreContract {
    @Override
    EvaluationStore store() {
        return new InMemoryEvaluationStore();
    }
}
