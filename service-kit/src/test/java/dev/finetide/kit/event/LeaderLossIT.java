package dev.finetide.kit.event;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.fault.ThreeBrokers;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.kit.trace.EventSpans;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Drill 3: of three brokers the leader is killed while events leave. No acknowledged event is lost, and each
/// resource's events stay in order.
class LeaderLossIT {
    @TempDir
    Path directory;

    private final Database database = TestSchema.fresh();
    private final OutboxRows rows = new OutboxRows(database);
    private final Map<String, List<String>> written = new TreeMap<>();

    private void write(Topic topic, Random random, int events) throws InterruptedException {
        for (int i = 0; i < events; i++) {
            String key = "run-" + random.nextInt(4);
            written.computeIfAbsent(key, _ -> new ArrayList<>()).add(rows.add(topic.name(), key, 100));
            TimeUnit.MILLISECONDS.sleep(random.nextInt(5));
        }
    }

    private static int leader(Topic topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", topic.bootstrapServers()))) {
            return admin.describeTopics(List.of(topic.name()))
                    .allTopicNames()
                    .get()
                    .get(topic.name())
                    .partitions()
                    .getFirst()
                    .leader()
                    .id();
        }
    }

    @Test
    void eventsGoOnThroughTheLossOfTheLeader() throws Exception {
        long seed = Long.getLong("finetide.seed", System.nanoTime());
        System.out.println("LeaderLossIT drill 3: finetide.seed=" + seed);
        Random random = new Random(seed);
        try (ThreeBrokers brokers = new ThreeBrokers(directory);
                Notifications notifications = new Notifications(database)) {
            Topic topic = Topic.fresh(brokers.bootstrapServers(), 3);
            notifications.start();
            OutboxRelay relay = new OutboxRelay(
                    database,
                    notifications,
                    new EventSpans(OpenTelemetry.noop().getTracer("test")),
                    new SimpleMeterRegistry(),
                    Map.of("bootstrap.servers", brokers.bootstrapServers()),
                    "test");
            relay.start(null);
            try {
                write(topic, random, 100);
                brokers.kill(leader(topic));
                write(topic, random, 100);
                await().atMost(Duration.ofMinutes(2)).until(() -> rows.waiting().isEmpty());
            } finally {
                relay.stop(null);
            }
            assertThat(rows.parked()).isEmpty();
            assertThat(relay.parked()).isZero();
            assertThat(arrived(topic)).isEqualTo(written);
        }
    }

    /// Returns the events of each resource, in the order in which an inbox takes them.
    private static Map<String, List<String>> arrived(Topic topic) {
        Map<String, LinkedHashSet<String>> first = new TreeMap<>();
        for (ConsumerRecord<String, byte[]> record : topic.records()) {
            first.computeIfAbsent(record.key(), _ -> new LinkedHashSet<>())
                    .add(new String(record.headers().lastHeader("ce_id").value(), StandardCharsets.UTF_8));
        }
        Map<String, List<String>> arrived = new TreeMap<>();
        first.forEach((key, ids) -> arrived.put(key, List.copyOf(ids)));
        return arrived;
    }
}
