package dev.finetide.kit.embedded;

import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.kit.store.Database;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;

/// A service's real schema without the service.
public final class TestDatabase {
    private TestDatabase() {}

    /// The embedded PostgreSQL with the class path's migrations in a schema of this name, emptied first.
    public static Database fresh(String schema) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(SharedInfrastructure.get().jdbcUrl(schema));
        dataSource.setUser("postgres");
        Flyway flyway = Flyway.configure()
                .dataSource(dataSource)
                .schemas(schema)
                .locations("db/kit", "db/migration")
                .cleanDisabled(false)
                .load();
        flyway.clean();
        flyway.migrate();
        return new Database(dataSource);
    }
}
