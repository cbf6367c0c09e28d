package dev.finetide.kit.containers;

import com.github.dockerjava.api.exception.NotFoundException;
import dev.finetide.kit.embedded.Infrastructure;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/// Names the images that tests run. An image that `containers/images` made on this machine comes first: it was made
/// because the project's own image could not be pulled.
public final class Images {
    /// The prefix of all images that are made here: `localhost/finetide/NAME`.
    private static final String OURS = "localhost/finetide/";

    private Images() {}

    /// Starts both for all tests of this JVM; they end with the JVM.
    public static Infrastructure infrastructure() {
        KafkaContainer kafka = kafka();
        PostgreSQLContainer postgres = postgres();
        Startables.deepStart(kafka, postgres).join();
        String url = postgres.getJdbcUrl();
        int parameters = url.indexOf('?');
        return new Infrastructure(
                kafka.getBootstrapServers(),
                parameters < 0 ? url : url.substring(0, parameters),
                postgres.getPassword());
    }

    /// Returns a broker that is not started. Like ours, it makes no topic that nobody declared.
    public static KafkaContainer kafka() {
        return new KafkaContainer(standIn("kafka:" + System.getProperty("finetide.containers.kafka"), "apache/kafka"))
                .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
                .withEnv("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0");
    }

    /// Returns a database that is not started, whose user is `postgres`.
    public static PostgreSQLContainer postgres() {
        String version = System.getProperty("finetide.containers.postgres");
        return new PostgreSQLContainer(standIn("postgres:" + version.substring(0, version.indexOf('.')), "postgres"))
                .withUsername("postgres")
                .withPassword("finetide")
                .withDatabaseName("finetide")
                .withCommand("postgres", "-c", "fsync=off", "-c", "max_connections=200");
    }

    /// Returns an image that only `containers/images` makes, by its name and tag.
    ///
    /// @throws AssertionError if it has not been made
    public static DockerImageName ours(String name) {
        if (!isThere(OURS + name)) {
            throw new AssertionError("no image " + OURS + name + " in the engine: make it with containers/images");
        }
        return DockerImageName.parse(OURS + name);
    }

    private static DockerImageName standIn(String name, String original) {
        return isThere(OURS + name)
                ? DockerImageName.parse(OURS + name).asCompatibleSubstituteFor(original)
                : DockerImageName.parse(original).withTag(name.substring(name.indexOf(':') + 1));
    }

    private static boolean isThere(String image) {
        try {
            DockerClientFactory.instance().client().inspectImageCmd(image).exec();
            return true;
        } catch (NotFoundException absent) {
            return false;
        }
    }
}
