package dev.finetide.e2e;

import com.github.dockerjava.api.model.Capability;
import dev.finetide.kit.containers.Images;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.postgresql.PostgreSQLContainer;

/// The four services as the images that a cluster would get, with Kafka, PostgreSQL and S3 on one network. The services
/// are confined as in `k8s/base`: no privileges, a read-only root, blobs in S3 alone.
///
/// Workers are child processes of the services that start them: an engine has no Jobs, and Jobs are for a cluster to
/// run. Those three images therefore carry the worker, copied from its own image. All four carry the files of callers
/// and of the service's token, and nothing else is changed.
final class ServiceImages implements AutoCloseable {
    private static final String PASSWORD = "finetide-secret";
    private static final String TOKEN = "token-of-the-tests";

    /// Digest of [#TOKEN], whose caller may do everything.
    private static final String CALLER =
            "7b1b98835d2b9475bb5c2f28a0a212b839d44a6fcb28ecfcb46d9c63ab76d6f2 user:tests *=admin\n";

    /// Mode of files that only their owner reads.
    private static final int OWNER_READS = 0400;

    private static final int GRPC = 9000;
    private static final int HTTP = 8080;
    private static final Duration START = Duration.ofMinutes(3);
    private static final List<String> WITH_WORKERS = List.of("dataset-service", "training-service", "eval-service");

    /// The worker's command line, the same as in its image.
    private static final String WORKER = "java --enable-native-access=ALL-UNNAMED"
            + " --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC -Xmx1g -Xms48m -Xmn24m"
            + " -cp /opt/gpu-worker/lib/*:/opt/gpu-worker/classes dev.finetide.worker.Main";

    private final Network network = Network.newNetwork();
    private final KafkaContainer kafka = Images.kafka().withNetwork(network).withListener("kafka:19092");
    private final PostgreSQLContainer postgres =
            Images.postgres().withNetwork(network).withNetworkAliases("postgres");
    private final GenericContainer<?> s3 = new GenericContainer<>(
                    Images.ours("s3proxy:" + System.getProperty("finetide.containers.s3proxy")))
            .withNetwork(network)
            .withNetworkAliases("s3")
            .withExposedPorts(HTTP)
            .withEnv("S3PROXY_IDENTITY", "finetide")
            .withEnv("S3PROXY_CREDENTIAL", PASSWORD);
    private final Map<String, GenericContainer<?>> services = new LinkedHashMap<>();

    private ServiceImages() {
        service("dataset-service", "dataset");
        service("registry-service", "registry");
        service("training-service", "training");
        service("eval-service", "eval");
    }

    /// Returns when every service says that it is ready.
    static ServiceImages start() {
        ServiceImages images = new ServiceImages();
        try {
            Startables.deepStart(images.kafka, images.postgres, images.s3).join();
            Startables.deepStart(images.services.values()).join();
            return images;
        } catch (RuntimeException e) {
            images.close();
            throw e;
        }
    }

    private void service(String name, String schema) {
        boolean hasWorkers = WITH_WORKERS.contains(name);
        GenericContainer<?> service = new GenericContainer<>(image(name, hasWorkers));
        service.withNetwork(network)
                .withNetworkAliases(name)
                .withExposedPorts(GRPC, HTTP)
                .withEnv("KAFKA_BOOTSTRAP_SERVERS", "kafka:19092")
                .withEnv(
                        "QUARKUS_DATASOURCE_JDBC_URL",
                        "jdbc:postgresql://postgres:5432/finetide?currentSchema=" + schema)
                .withEnv("QUARKUS_DATASOURCE_USERNAME", postgres.getUsername())
                .withEnv("QUARKUS_DATASOURCE_PASSWORD", postgres.getPassword())
                .withEnv(
                        "FINETIDE_BLOBS_URI",
                        "s3://finetide?endpoint=http://s3:" + HTTP + "&path-style=true&region=us-east-1")
                .withEnv("AWS_ACCESS_KEY_ID", "finetide")
                .withEnv("AWS_SECRET_ACCESS_KEY", PASSWORD)
                .withEnv("FINETIDE_DATASET_ENDPOINT", "dataset-service:" + GRPC)
                .withEnv("FINETIDE_REGISTRY_ENDPOINT", "registry-service:" + GRPC)
                .withEnv("FINETIDE_TRAINING_ENDPOINT", "training-service:" + GRPC)
                .withEnv("FINETIDE_ADVERTISED_ENDPOINT", name + ":" + GRPC)
                .withEnv("FINETIDE_PLAIN_TEXT_ALLOWED", "true")
                .withEnv("FINETIDE_AUTH_TOKENS_FILE", "/etc/finetide/callers")
                .withEnv("FINETIDE_AUTH_TOKEN_FILE", "/etc/finetide/token")
                .withTmpFs(Map.of("/tmp", "rw,exec,mode=1777"))
                .withCreateContainerCmdModifier(command -> command.getHostConfig()
                        .withReadonlyRootfs(true)
                        .withCapDrop(Capability.ALL)
                        .withMemory((hasWorkers ? 4L : 1L) << 30))
                .waitingFor(Wait.forHttp("/q/health/ready").forPort(HTTP).withStartupTimeout(START));
        if (hasWorkers) {
            service.withEnv("FINETIDE_WORKER_COMMAND", WORKER)
                    .withEnv("FINETIDE_WORKER_DIRECTORY", "/tmp/workers")
                    .withEnv("DJL_CACHE_DIR", "/tmp/djl")
                    .withEnv("ENGINE_CACHE_DIR", "/tmp/djl");
        }
        services.put(name, service);
    }

    /// Makes an image of a service's own: with who may call and the token of the service, as a cluster mounts them, and
    /// with the worker. An engine copies nothing into a container whose root is read-only.
    private static ImageFromDockerfile image(String service, boolean hasWorkers) {
        String worker = hasWorkers
                ? "COPY --from=%s /opt/gpu-worker /opt/gpu-worker%n".formatted(Images.ours("gpu-worker:dev-cpu"))
                : "";
        return new ImageFromDockerfile("localhost/finetide/" + service + "-of-tests:dev", false)
                .withFileFromTransferable("callers", Transferable.of(CALLER, OWNER_READS))
                .withFileFromTransferable("token", Transferable.of(TOKEN, OWNER_READS))
                .withFileFromString("Dockerfile", """
                        FROM %s
                        %sCOPY --chown=10001:10001 callers token /etc/finetide/
                        """.formatted(Images.ours(service + ":dev"), worker));
    }

    /// Returns the command line, which knows the services' published ports.
    Finetide finetide(Path directory) {
        return new Finetide(
                directory,
                Map.of(
                        "FINETIDE_DATASET_ENDPOINT", endpoint("dataset-service"),
                        "FINETIDE_TRAINING_ENDPOINT", endpoint("training-service"),
                        "FINETIDE_EVAL_ENDPOINT", endpoint("eval-service"),
                        "FINETIDE_REGISTRY_ENDPOINT", endpoint("registry-service"),
                        "FINETIDE_KAFKA_ENDPOINT", bootstrapServers(),
                        "FINETIDE_TOKEN", TOKEN));
    }

    String bootstrapServers() {
        return kafka.getBootstrapServers();
    }

    /// Returns the four services by their names.
    Map<String, GenericContainer<?>> services() {
        return services;
    }

    /// Returns the ends of the workers' logs, for a test that failed.
    String workerLogs() throws IOException, InterruptedException {
        StringBuilder logs = new StringBuilder();
        for (String name : WITH_WORKERS) {
            logs.append(services.get(name)
                    .execInContainer("sh", "-c", "tail -n 40 /tmp/workers/*/*/worker.log")
                    .getStdout());
        }
        return logs.toString();
    }

    private String endpoint(String name) {
        GenericContainer<?> service = services.get(name);
        return service.getHost() + ":" + service.getMappedPort(GRPC);
    }

    @Override
    public void close() {
        services.values().forEach(GenericContainer::stop);
        kafka.stop();
        postgres.stop();
        s3.stop();
        network.close();
    }
}
