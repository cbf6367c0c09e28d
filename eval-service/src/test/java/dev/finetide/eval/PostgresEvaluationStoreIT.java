package dev.finetide.eval;

import dev.finetide.kit.store.TestSchema;

class PostgresEvaluationStoreIT extends EvaluationStoreContract {
    @Override
    EvaluationStore store() {
        return new PostgresEvaluationStore(TestSchema.fresh(), update -> {});
    }
}
