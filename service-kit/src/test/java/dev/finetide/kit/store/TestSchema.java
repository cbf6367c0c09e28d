package dev.finetide.kit.store;

import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.fault.FaultyProxy;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;

/// Makes schemas in the embedded PostgreSQL with the migrations of the service under test, for tests of its store
/// alone.
public final class TestSchema {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private TestSchema() {}

    /// Returns a new schema that no other test uses.
    public static Database fresh() {
        return new Database(dataSource(
                "test_" + COUNT.incrementAndGet(), Infrastructure.get().jdbcUrl("")));
    }

    /// Returns a new schema of the same database, reached through a proxy.
    ///
    /// @param direct receives the same schema, reached without the proxy
    public static Database through(FaultyProxy proxy, Consumer<Database> direct) {
        String schema = "test_" + COUNT.incrementAndGet();
        String url = Infrastructure.get().jdbcUrl("");
        direct.accept(new Database(dataSource(schema, url)));
        return new Database(dataSource(schema, url.replaceFirst(":[0-9]+/", ":" + proxy.port() + "/")));
    }

    /// Returns a proxy before the database of all tests.
    public static FaultyProxy proxy() throws IOException {
        URI address = URI.create(Infrastructure.get().jdbcUrl("").substring("jdbc:".length()));
        return new FaultyProxy(address.getHost(), address.getPort());
    }

    private static DataSource dataSource(String schema, String url) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(url);
        dataSource.setCurrentSchema(schema);
        dataSource.setUser("postgres");
        return migrated(schema, dataSource);
    }

    /// Makes a schema in another database, with the migrations of the service under test.
    public static DataSource migrated(String schema, DataSource dataSource) {
        Flyway.configure()
                .dataSource(dataSource)
                .schemas(schema)
                .defaultSchema(schema)
                .createSchemas(true)
                .locations("db/kit", "db/migration")
                .load()
                .migrate();
        return dataSource;
    }
}
