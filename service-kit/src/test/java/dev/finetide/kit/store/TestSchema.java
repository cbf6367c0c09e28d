package dev.finetide.kit.store;

import dev.finetide.kit.embedded.Infrastructure;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;

/// Makes schemas in the embedded PostgreSQL with the migrations of the service under test, for tests of its store
/// alone.
public final class TestSchema {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private TestSchema() {}

    /// Returns a new schema that no other test uses.
    public static Database fresh() {
        String schema = "test_" + COUNT.incrementAndGet();
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(Infrastructure.get().jdbcUrl(schema));
        dataSource.setUser("postgres");
        Flyway.configure()
                .dataSource(dataSource)
                .schemas(schema)
                .defaultSchema(schema)
                .createSchemas(true)
                .locations("db/kit", "db/migration")
                .load()
                .migrate();
        return new Database(dataSource);
    }
}
