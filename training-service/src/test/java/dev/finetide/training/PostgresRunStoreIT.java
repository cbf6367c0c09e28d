package dev.finetide.training;

import dev.finetide.kit.embedded.TestDatabase;

class PostgresRunStoreIT extends RunStoreContract {
    @Override
    RunStore store() {
        return new PostgresRunStore(TestDatabase.fresh("training_store"));
    }
}
