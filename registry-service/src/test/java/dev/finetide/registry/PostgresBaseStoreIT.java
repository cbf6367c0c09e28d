package dev.finetide.registry;

import dev.finetide.kit.embedded.TestDatabase;

class PostgresBaseStoreIT extends BaseStoreContract {
    @Override
    BaseStore store() {
        return new PostgresBaseStore(TestDatabase.fresh("base_store"));
    }
}
