package dev.finetide.registry;

import dev.finetide.kit.store.TestSchema;

class PostgresBaseStoreIT extends BaseStoreContract {
    @Override
    BaseStore store() {
        return new PostgresBaseStore(TestSchema.fresh());
    }
}
