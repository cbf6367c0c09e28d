package dev.finetide.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaIT {

    @TempDir
    Path directory;

    private ProcessGuard guard;
    private EmbeddedKafka kafka;
    private ChildProcess broker;
    private KafkaClient client;

    @BeforeEach
    void start() throws Exception {
        guard = ProcessGuard.start();
        kafka = onPorts(FreePorts.pick(2));
        long started = System.nanoTime();
        broker = kafka.start();
        System.out.printf("kafka: first start %d ms%n", millisSince(started));
        client = new KafkaClient(kafka.bootstrapServers());
        client.createTopic("letters");
        client.send("letters", "a", "b");
    }

    @AfterEach
    void stop() throws Exception {
        kafka.close();
        guard.close();
    }

    @Test
    void restartKeepsTheDataAndThePort() throws Exception {
        long stopped = System.nanoTime();
        kafka.close();
        System.out.printf("kafka: stop %d ms%n", millisSince(stopped));
        long started = System.nanoTime();
        kafka.start();
        System.out.printf("kafka: start on data %d ms%n", millisSince(started));
        client.send("letters", "c");

        assertThat(client.readAll("letters")).containsExactly("a", "b", "c");
    }

    @Test
    void killedBrokerComesBackWithEverythingAcknowledged() throws Exception {
        broker.kill();
        long started = System.nanoTime();
        kafka.start();
        System.out.printf("kafka: start after kill -9 %d ms%n", millisSince(started));
        client.send("letters", "c");

        assertThat(client.readAll("letters")).containsExactly("a", "b", "c");
    }

    @Test
    void dataMovesToOtherPorts() throws Exception {
        kafka.close();
        kafka = onPorts(FreePorts.pick(2));
        kafka.start();

        assertThat(new KafkaClient(kafka.bootstrapServers()).readAll("letters")).containsExactly("a", "b");
    }

    @Test
    void portInUseFailsTheStartAndNamesTheLog() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            EmbeddedKafka second = new EmbeddedKafka(
                    directory.resolve("second"),
                    taken.getLocalPort(),
                    FreePorts.pick(1).getFirst(),
                    directory.resolve("second.log"),
                    guard);

            assertThatThrownBy(second::start)
                    .isInstanceOf(StartFailedException.class)
                    .hasMessageContaining("second.log");
        }
        assertThat(directory.resolve("second.log")).content().contains("Address already in use");
    }

    @Test
    void closedBrokerRefusesClientsWithoutThePassword() throws Exception {
        kafka.close();
        Path settings = directory.resolve("kafka.properties");
        List<Integer> ports = FreePorts.pick(2);
        kafka = onPorts(ports).closed(settings);
        kafka.start();

        // The data that an earlier version wrote without a password is still there.
        KafkaClient owner = KafkaClient.of(settings);
        owner.send("letters", "c");
        assertThat(owner.readAll("letters")).containsExactly("a", "b", "c");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(settings)))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> clusterId(Map.of("bootstrap.servers", "127.0.0.1:" + ports.get(0)), 2_000))
                .hasCauseInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> clusterId(Map.of("bootstrap.controllers", "127.0.0.1:" + ports.get(1)), 2_000))
                .hasCauseInstanceOf(TimeoutException.class);
        Map<String, Object> guessed = new HashMap<>(owner.settings());
        guessed.replace(
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"finetide\""
                        + " password=\"finetide\";");
        assertThatThrownBy(() -> clusterId(guessed, 180_000)).hasCauseInstanceOf(SaslAuthenticationException.class);

        kafka.close();
        kafka = onPorts(FreePorts.pick(2)).closed(settings);
        kafka.start();
        assertThat(KafkaClient.of(settings).readAll("letters")).containsExactly("a", "b", "c");
    }

    private static String clusterId(Map<String, Object> settings, int millis) throws Exception {
        Map<String, Object> limited = new HashMap<>(settings);
        limited.put("request.timeout.ms", millis);
        limited.put("default.api.timeout.ms", millis);
        try (Admin admin = Admin.create(limited)) {
            return admin.describeCluster().clusterId().get();
        }
    }

    private EmbeddedKafka onPorts(List<Integer> ports) {
        return new EmbeddedKafka(
                directory.resolve("kafka"), ports.get(0), ports.get(1), directory.resolve("kafka.log"), guard);
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}
