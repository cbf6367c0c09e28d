package dev.finetide.kit.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.fault.FaultyProxy;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.kit.trace.EventSpans;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.producer.Producer;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/// Drill 13: a database that answers slowly. What takes one question a batch goes on.
class SlowDatabaseIT {
    @Test
    void aThousandEventsLeaveWithAFewQuestions() throws Exception {
        Database[] direct = new Database[1];
        try (FaultyProxy proxy = TestSchema.proxy()) {
            Database slow = TestSchema.through(proxy, it -> direct[0] = it);
            OutboxRows rows = new OutboxRows(direct[0]);
            Topic topic = Topic.fresh();
            List<String> written = rows.addMany(topic.name(), 1_000);
            OutboxBatch batch = new OutboxBatch(
                    new EventSpans(OpenTelemetry.noop().getTracer("test")),
                    "test",
                    new RefusedTopics(Duration.ofSeconds(15), Duration.ofMinutes(1), System::nanoTime),
                    _ -> {});
            try (Handle handle = slow.open();
                    Producer<String, byte[]> producer = topic.producer()) {
                int before = proxy.requests();
                proxy.delay(Duration.ofMillis(300));
                while (batch.send(handle, producer)) {
                    // until there are no more
                }
                assertThat(proxy.requests() - before).isLessThan(20);
            }
            assertThat(rows.waiting()).isEmpty();
            assertThat(topic.ids()).isEqualTo(written);
        }
    }
}
