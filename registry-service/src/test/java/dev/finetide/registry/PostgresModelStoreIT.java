package dev.finetide.registry;

import dev.finetide.kit.store.TestSchema;

class PostgresModelStoreIT extends ModelStoreContract {
    @Override
    ModelStore store() {
        return new PostgresModelStore(TestSchema.fresh());
    }
}
