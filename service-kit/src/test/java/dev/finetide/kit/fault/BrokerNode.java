package dev.finetide.kit.fault;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/// The program of one node of [ThreeBrokers]: broker and controller in one. Ends with standard input.
final class BrokerNode {
    static final String READY = "broker is ready";

    private BrokerNode() {}

    /// @param arguments directory, number of the node, cluster id, controllers (`1@host:port,...`), port, controller
    /// port
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int node = Integer.parseInt(arguments[1]);
        Map<String, String> config = config(directory, node, arguments[3], arguments[4], arguments[5]);
        new Formatter()
                .setClusterId(arguments[2])
                .setNodeId(node)
                .addDirectory(config.get("log.dirs"))
                .setMetadataLogDirectory(config.get("log.dirs"))
                .setControllerListenerName("CONTROLLER")
                .setIgnoreFormatted(true)
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .run();
        new KafkaRaftServer(new KafkaConfig(config), Time.SYSTEM).startup();
        System.out.println(READY);
        awaitEndOfInput();
        Runtime.getRuntime().halt(0);
    }

    private static void awaitEndOfInput() throws IOException {
        while (System.in.read() >= 0) {
            // nobody writes; only the end matters
        }
    }

    private static Map<String, String> config(
            Path directory, int node, String controllers, String port, String controllerPort) {
        Map<String, String> config = new HashMap<>();
        config.put("process.roles", "broker,controller");
        config.put("node.id", Integer.toString(node));
        config.put("log.dirs", directory.resolve("log").toString());
        config.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        config.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        config.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        config.put("controller.listener.names", "CONTROLLER");
        config.put("controller.quorum.voters", controllers);
        config.put("min.insync.replicas", "2");
        config.put("default.replication.factor", "3");
        config.put("offsets.topic.num.partitions", "1");
        config.put("log.cleaner.dedupe.buffer.size", "2097152");
        config.put("num.network.threads", "1");
        config.put("num.io.threads", "2");
        config.put("background.threads", "1");
        config.put("broker.heartbeat.interval.ms", "500");
        config.put("broker.session.timeout.ms", "3000");
        return config;
    }
}
