package dev.finetide.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.slf4j.LoggerFactory;

/// The program of Kafka's child JVM: broker and controller in one. Prints [#READY] when clients can connect. Ends on
/// SIGTERM, or when the parent process ends, which closes standard input.
final class BrokerProcess {

    static final String READY = "broker is ready";

    private static final int NODE = 1;

    private BrokerProcess() {}

    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[0]);
        int port = Integer.parseInt(arguments[1]);
        int controllerPort = Integer.parseInt(arguments[2]);
        try {
            Map<String, String> config = config(directory, port, controllerPort);
            if (arguments.length > 3) {
                close(config, new KafkaPassword(Path.of(arguments[3])).ofBroker());
            }
            run(directory, config);
        } catch (Exception | LinkageError e) {
            LoggerFactory.getLogger(BrokerProcess.class).error("the broker cannot start", e);
            // Threads of a partly started broker would keep the process alive, and shutdown hooks would
            // wait for them.
            Runtime.getRuntime().halt(1);
        }
    }

    private static void run(Path directory, Map<String, String> config) throws Exception {
        format(directory);
        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(config), Time.SYSTEM);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.shutdown();
            server.awaitShutdown();
        }));
        server.startup();
        System.out.println(READY);
        while (System.in.read() >= 0) {
            // nobody writes to standard input; only its end matters
        }
        System.exit(0);
    }

    /// Formats the directory, unless it is formatted, so that a restart keeps the data.
    private static void format(Path directory) throws Exception {
        new Formatter()
                .setClusterId(clusterId(directory))
                .setNodeId(NODE)
                .addDirectory(log(directory))
                .setMetadataLogDirectory(log(directory))
                .setControllerListenerName("CONTROLLER")
                .setIgnoreFormatted(true)
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .run();
    }

    private static String clusterId(Path directory) throws IOException {
        Path file = directory.resolve("cluster-id");
        if (!Files.exists(file)) {
            Files.writeString(file, Uuid.randomUuid().toString());
        }
        return Files.readString(file).strip();
    }

    private static String log(Path directory) {
        return directory.resolve("log").toString();
    }

    private static Map<String, String> config(Path directory, int port, int controllerPort) {
        Map<String, String> config = new HashMap<>();
        config.put("process.roles", "broker,controller");
        config.put("node.id", Integer.toString(NODE));
        config.put("log.dirs", log(directory));
        config.put("listeners", "CLIENTS://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        config.put("advertised.listeners", "CLIENTS://127.0.0.1:" + port);
        config.put("listener.security.protocol.map", "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT");
        config.put("inter.broker.listener.name", "CLIENTS");
        config.put("controller.listener.names", "CONTROLLER");
        config.put("controller.quorum.voters", NODE + "@127.0.0.1:" + controllerPort);
        // An undeclared topic would get this broker's defaults instead of its own retention and partitions.
        config.put("auto.create.topics.enable", "false");
        for (String topic : new String[] {"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"}) {
            config.put(topic + ".replication.factor", "1");
            config.put(topic + ".num.partitions", "1");
        }
        config.put("transaction.state.log.min.isr", "1");
        config.put("share.coordinator.state.topic.min.isr", "1");
        config.put("group.initial.rebalance.delay.ms", "0");
        config.put("log.cleaner.dedupe.buffer.size", "2097152");
        config.put("num.network.threads", "2");
        config.put("num.io.threads", "2");
        config.put("background.threads", "2");
        config.put("broker.heartbeat.interval.ms", "500");
        // After kill -9 the controller refuses the new broker until the old one's session is over (default 9 s).
        config.put("broker.session.timeout.ms", "3000");
        return config;
    }

    /// Makes both listeners ask for a password.
    ///
    /// @param login login of this broker, with the users that it lets in
    private static void close(Map<String, String> config, String login) {
        config.put("listener.security.protocol.map", "CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT");
        config.put("sasl.enabled.mechanisms", "PLAIN");
        config.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
        config.put("sasl.mechanism.controller.protocol", "PLAIN");
        config.put("listener.name.clients.plain.sasl.jaas.config", login);
        config.put("listener.name.controller.plain.sasl.jaas.config", login);
    }
}
