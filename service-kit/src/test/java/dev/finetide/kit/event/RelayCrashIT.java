package dev.finetide.kit.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.kit.trace.EventSpans;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/// Drill 5: the service dies between the commit and the sending of its events, or between the sending and the deletion
/// of the rows, at random places. Its successor goes on.
class RelayCrashIT {
    /// The end of a process, which no code of the relay may catch and survive.
    private static final class Death extends Error {}

    private final Database database = TestSchema.fresh();
    private final OutboxRows rows = new OutboxRows(database);
    private final Topic topic = Topic.fresh();

    /// Relays as a new process. Returns false if it died on the way.
    private boolean relay(Producer<String, byte[]> producer) throws Exception {
        OutboxBatch batch = new OutboxBatch(
                new EventSpans(OpenTelemetry.noop().getTracer("test")),
                "test",
                new RefusedTopics(Duration.ofSeconds(15), Duration.ofMinutes(1), System::nanoTime),
                _ -> {});
        try (Handle handle = database.open()) {
            batch.send(handle, producer);
            return true;
        } catch (Death death) {
            return false;
        }
    }

    @Test
    void everyEventLeavesAtLeastOnceAndInTheOrderOfItsResource() throws Exception {
        long seed = Long.getLong("finetide.seed", System.nanoTime());
        System.out.println("RelayCrashIT drill 5: finetide.seed=" + seed);
        Random random = new Random(seed);
        Map<String, List<String>> written = new TreeMap<>();
        int deaths = 0;
        try (Producer<String, byte[]> real = topic.producer()) {
            for (int round = 0; round < 30; round++) {
                for (int i = random.nextInt(1, 15); i > 0; i--) {
                    String key = "run-" + random.nextInt(5);
                    written.computeIfAbsent(key, _ -> new ArrayList<>()).add(rows.add(topic.name(), key, 10));
                }
                int[] dies = {random.nextInt(20)};
                boolean beforeSending = random.nextBoolean();
                deaths += relay(new UnsureProducer(record -> {
                            boolean here = dies[0]-- == 0;
                            if (here && beforeSending) {
                                throw new Death();
                            }
                            Future<RecordMetadata> acknowledgement = real.send(record);
                            real.flush();
                            if (here) {
                                throw new Death();
                            }
                            return acknowledgement;
                        }))
                        ? 0
                        : 1;
            }
            while (!rows.waiting().isEmpty()) {
                assertThat(relay(real)).isTrue();
            }
        }
        assertThat(deaths).isGreaterThan(3);
        Map<String, List<String>> arrived = new TreeMap<>();
        for (ConsumerRecord<String, byte[]> record : topic.records()) {
            arrived.computeIfAbsent(record.key(), _ -> new ArrayList<>())
                    .add(new String(
                            record.headers().lastHeader("ce_id").value(), java.nio.charset.StandardCharsets.UTF_8));
        }
        arrived.replaceAll((key, ids) -> List.copyOf(new LinkedHashSet<>(ids))); // as the inbox takes them
        assertThat(arrived).isEqualTo(written);
        assertThat(rows.parked()).isEmpty();
    }
}
