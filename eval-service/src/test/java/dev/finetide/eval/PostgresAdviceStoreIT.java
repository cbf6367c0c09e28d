package dev.finetide.eval;

import dev.finetide.kit.store.TestSchema;

class PostgresAdviceStoreIT extends AdviceStoreContract {
    @Override
    AdviceStore store() {
        return new PostgresAdviceStore(TestSchema.fresh());
    }
}
