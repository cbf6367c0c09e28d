package dev.finetide.cli.stack;

import dev.finetide.embedded.ChildProcess;
import dev.finetide.embedded.EmbeddedKafka;
import dev.finetide.embedded.EmbeddedPart;
import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.embedded.ProcessGuard;
import dev.finetide.embedded.SecretFile;
import dev.finetide.proto.event.KafkaSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// Builds the parts of a stack, each with its directory, port and environment.
final class StackParts {

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final StackOptions options;
    private final ProcessGuard guard;
    private final Runnable onStarted;

    StackParts(StackOptions options, ProcessGuard guard, Runnable onStarted) {
        this.options = options;
        this.guard = guard;
        this.onStarted = onStarted;
    }

    EmbeddedPart kafka() {
        StackPorts ports = options.ports();
        return new EmbeddedKafka(directory("kafka"), ports.kafka(), ports.kafkaController(), log("kafka"), guard)
                .closed(StackState.kafkaSettings(options.data()));
    }

    EmbeddedPostgres postgres() {
        return new EmbeddedPostgres(
                        directory("postgres"),
                        options.ports().postgres(),
                        log("postgres"),
                        EmbeddedPostgres.userCache(),
                        guard)
                .withRoles(options.services().stream().map(ServiceProgram::name).toList());
    }

    EmbeddedPart service(ServiceProgram program, EmbeddedPostgres postgres) throws IOException {
        StackPorts.Service ports = options.ports().services().get(program.name());
        ChildProcess.Launch launch = new ChildProcess.Launch(
                program.partName(),
                program.command(),
                environment(program, ports, postgres),
                log(program.partName()),
                false,
                "TERM",
                STOP_TIMEOUT);
        return new ServiceProcess(launch, health(ports), guard, onStarted);
    }

    static URI health(StackPorts.Service ports) {
        return URI.create("http://" + address(ports.http()) + "/q/health/ready");
    }

    static String address(int port) {
        return "127.0.0.1:" + port;
    }

    private Map<String, String> environment(ServiceProgram program, StackPorts.Service ports, EmbeddedPostgres postgres)
            throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        environment.put("QUARKUS_HTTP_PORT", Integer.toString(ports.http()));
        environment.put("QUARKUS_GRPC_SERVER_HOST", "127.0.0.1");
        environment.put("QUARKUS_GRPC_SERVER_PORT", Integer.toString(ports.grpc()));
        environment.put("KAFKA_BOOTSTRAP_SERVERS", address(options.ports().kafka()));
        environment.put(
                KafkaSettings.FILE, StackState.kafkaSettings(options.data()).toString());
        environment.put("QUARKUS_DATASOURCE_JDBC_URL", postgres.jdbcUrl(program.name()));
        environment.put("QUARKUS_DATASOURCE_USERNAME", program.name());
        environment.put("QUARKUS_DATASOURCE_PASSWORD", postgres.password(program.name()));
        // The environment may name a bucket, because workers on a cluster cannot read a directory of this
        // machine.
        environment.put(
                "FINETIDE_BLOBS_URI",
                System.getenv()
                        .getOrDefault(
                                "FINETIDE_BLOBS_URI", directory("blobs").toUri().toString()));
        // The stack is its user's own: it opens the buckets that the user's credentials open.
        environment.put("DATASET_SOURCES_S3_BUCKETS", System.getenv().getOrDefault("DATASET_SOURCES_S3_BUCKETS", "*"));
        environment.put(
                "FINETIDE_PARENT_PID", Long.toString(ProcessHandle.current().pid()));
        StackTokens tokens = StackTokens.in(options.data());
        environment.put("FINETIDE_AUTH_TOKENS_FILE", tokens.callers().toString());
        environment.put(
                "FINETIDE_AUTH_TOKEN_FILE", tokens.service(program.name()).toString());
        environment.put("FINETIDE_ADVERTISED_ENDPOINT", address(ports.grpc()));
        options.ports()
                .services()
                .forEach((name, of) ->
                        environment.put("FINETIDE_" + name.toUpperCase(Locale.ROOT) + "_ENDPOINT", address(of.grpc())));
        if (program.name().equals("registry")) {
            environment.put("REGISTRY_APPROVAL_OWN", System.getenv().getOrDefault("REGISTRY_APPROVAL_OWN", "true"));
        }
        if (program.name().equals("eval")) {
            environment.put("FINETIDE_KEYS", keys().toString());
            environment.put(
                    "EVALUATION_ENDPOINT_HOSTS", System.getenv().getOrDefault("EVALUATION_ENDPOINT_HOSTS", "*"));
        }
        if (program.launchesWorkers()) {
            environment.put("FINETIDE_WORKER_COMMAND", String.join("\n", options.workerCommand()));
            environment.put("FINETIDE_WORKER_DIRECTORY", directory("workers").toString());
        }
        return environment;
    }

    /// Returns the directory of the endpoints' keys, which is its user's alone.
    private Path keys() throws IOException {
        Path keys = Files.createDirectories(directory("keys"));
        SecretFile.close(keys);
        return keys;
    }

    private Path directory(String name) {
        return options.data().resolve(name);
    }

    private Path log(String name) {
        return options.data().resolve("logs").resolve(name + ".log");
    }
}
