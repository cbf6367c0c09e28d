package dev.finetide.training;

import dev.finetide.kit.store.TestSchema;

class PostgresRunStoreIT extends RunStoreContract {
    @Override
    RunStore store() {
        return new PostgresRunStore(TestSchema.fresh(), update -> {});
    }
}
