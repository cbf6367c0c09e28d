package dev.finetide.registry;

import dev.finetide.kit.embedded.TestDatabase;

class PostgresModelStoreIT extends ModelStoreContract {
    @Override
    ModelStore store() {
        return new PostgresModelStore(TestDatabase.fresh("model_store"));
    }
}
