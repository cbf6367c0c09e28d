package dev.finetide.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
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

    private EmbeddedKafka onPorts(List<Integer> ports) {
        return new EmbeddedKafka(
                directory.resolve("kafka"), ports.get(0), ports.get(1), directory.resolve("kafka.log"), guard);
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}
