package dev.finetide.eval;

import dev.finetide.kit.embedded.TestDatabase;

class PostgresEvaluationStoreIT extends EvaluationStoreContract {
    @Override
    EvaluationStore store() {
        return new PostgresEvaluationStore(TestDatabase.fresh("eval_store"));
    }
}
