package dev.finetide.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// One Kafka and one PostgreSQL for all tests of a JVM, on free ports, in a temporary directory that is deleted with
/// the JVM. A Quarkus test resource calls [#get] and passes on the two addresses.
public final class SharedInfrastructure {

    private static SharedInfrastructure instance;

    private final EmbeddedKafka kafka;
    private final EmbeddedPostgres postgres;

    private SharedInfrastructure(Path directory, ProcessGuard guard) throws IOException {
        List<Integer> ports = FreePorts.pick(3);
        Path logs = directory.resolve("logs");
        kafka = new EmbeddedKafka(
                directory.resolve("kafka"), ports.get(0), ports.get(1), logs.resolve("kafka.log"), guard);
        postgres = new EmbeddedPostgres(
                        directory.resolve("postgres"),
                        ports.get(2),
                        logs.resolve("postgres.log"),
                        EmbeddedPostgres.userCache(),
                        guard)
                .withoutFsync();
    }

    /// Returns Kafka and PostgreSQL, and starts them at the first call in about two seconds.
    public static synchronized SharedInfrastructure get() {
        if (instance == null) {
            instance = start();
        }
        return instance;
    }

    private static SharedInfrastructure start() {
        try {
            Path directory = Files.createTempDirectory("finetide-test-");
            ProcessGuard guard = ProcessGuard.start();
            SharedInfrastructure infrastructure = new SharedInfrastructure(directory, guard);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> infrastructure.stop(directory)));
            CompletableFuture<?> kafkaStarts = CompletableFuture.runAsync(infrastructure::startKafka);
            infrastructure.postgres.start();
            kafkaStarts.join();
            return infrastructure;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the infrastructure starts", e);
        }
    }

    private void startKafka() {
        try {
            kafka.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void stop(Path directory) {
        kafka.close();
        postgres.close();
        try {
            DirectoryTree.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    /// Returns a JDBC URL for the tables in `schema`, with the superuser and its password.
    public String jdbcUrl(String schema) {
        return postgres.jdbcUrl(schema) + "&user=postgres&password=" + password();
    }

    /// Returns the password of the superuser `postgres`.
    public String password() {
        try {
            return postgres.password("postgres");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Returns the broker, for tests that stop and start it.
    public EmbeddedKafka kafka() {
        return kafka;
    }

    /// Returns the database, for tests that stop and start it.
    public EmbeddedPostgres postgres() {
        return postgres;
    }
}
