package dev.finetide.kit.event;

import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.TestCertificates;
import dev.finetide.proto.event.KafkaSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/// Runs a broker as a company does: SASL_SSL with a password for each user, and an authorizer that
/// denies whatever no ACL allows.
final class ClosedBroker implements AutoCloseable {
    static final String ADMIN = "admin";

    /// Loggers of broker and clients, which tell each refusal. They are kept here, because Java
    /// forgets a logger that nobody holds, its level included.
    private static final List<Logger> LOGGERS = Stream.of("kafka", "org.apache.kafka", "state.change.logger")
            .map(Logger::getLogger)
            .toList();

    private static final String LOGIN =
            "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";";

    private final Path directory;
    private final TestCertificates certificates;
    private final int port;
    private final KafkaRaftServer server;

    /// @param users names of the users beside the administrator
    ClosedBroker(Path directory, List<String> users) throws Exception {
        LOGGERS.forEach(logger -> logger.setLevel(Level.OFF));
        this.directory = directory;
        this.certificates = new TestCertificates(directory.resolve("certificates"));
        List<Integer> ports = FreePorts.pick(2);
        this.port = ports.get(0);
        Map<String, String> config = config(ports.get(1));
        List<String> passwords = new ArrayList<>();
        for (String user : users) {
            passwords.add("SCRAM-SHA-512=[name=%s,password=%s]".formatted(user, password(user)));
        }
        passwords.add("SCRAM-SHA-512=[name=%s,password=%s]".formatted(ADMIN, password(ADMIN)));
        new Formatter()
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(1)
                .addDirectory(config.get("log.dirs"))
                .setMetadataLogDirectory(config.get("log.dirs"))
                .setControllerListenerName("CONTROLLER")
                .setScramArguments(passwords)
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .run();
        server = new KafkaRaftServer(new KafkaConfig(config), Time.SYSTEM);
        server.startup();
    }

    private Map<String, String> config(int controllerPort) throws IOException {
        var holder = certificates.issue("broker", "ip:127.0.0.1", 0);
        Path keys = Files.writeString(
                directory.resolve("broker.pem"),
                Files.readString(holder.key()) + Files.readString(holder.certificate()));
        Map<String, String> config = new HashMap<>();
        config.put("process.roles", "broker,controller");
        config.put("node.id", "1");
        config.put("log.dirs", directory.resolve("log").toString());
        config.put("listeners", "CLIENTS://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        config.put("advertised.listeners", "CLIENTS://127.0.0.1:" + port);
        config.put("listener.security.protocol.map", "CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT");
        config.put("inter.broker.listener.name", "CLIENTS");
        config.put("sasl.mechanism.inter.broker.protocol", "SCRAM-SHA-512");
        config.put("sasl.enabled.mechanisms", "SCRAM-SHA-512");
        config.put("listener.name.clients.scram-sha-512.sasl.jaas.config", login(ADMIN));
        config.put("ssl.keystore.type", "PEM");
        config.put("ssl.keystore.location", keys.toString());
        config.put("ssl.truststore.type", "PEM");
        config.put("ssl.truststore.location", certificates.authority().toString());
        config.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        // The controller's listener is the broker's own; clients of the other listener are never anonymous.
        config.put("super.users", "User:ANONYMOUS;User:" + ADMIN);
        config.put("controller.listener.names", "CONTROLLER");
        config.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        config.put("auto.create.topics.enable", "false");
        config.put("offsets.topic.replication.factor", "1");
        config.put("offsets.topic.num.partitions", "1");
        config.put("log.cleaner.dedupe.buffer.size", "2097152");
        config.put("num.network.threads", "2");
        config.put("num.io.threads", "2");
        return config;
    }

    private static String password(String user) {
        return "secret-of-" + user;
    }

    private static String login(String user) {
        return LOGIN.formatted(user, password(user));
    }

    /// Returns the settings by which a process of a user connects: the login in a file, TLS in the
    /// environment.
    Map<String, Object> settings(String user) throws IOException {
        return settings(user, Map.of());
    }

    /// @param more variables of the environment that win
    Map<String, Object> settings(String user, Map<String, String> more) throws IOException {
        Path file = Files.writeString(
                directory.resolve(user + ".properties"),
                "sasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=" + login(user) + "\n");
        Map<String, String> environment = new HashMap<>(Map.of(
                KafkaSettings.FILE,
                file.toString(),
                "KAFKA_SECURITY_PROTOCOL",
                "SASL_SSL",
                "KAFKA_SSL_TRUSTSTORE_TYPE",
                "PEM",
                "KAFKA_SSL_TRUSTSTORE_LOCATION",
                certificates.authority().toString()));
        environment.putAll(more);
        return KafkaSettings.of(environment, "127.0.0.1:" + port);
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }
}
