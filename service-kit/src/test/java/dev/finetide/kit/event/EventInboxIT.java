package dev.finetide.kit.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.kit.trace.EventSpans;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunRequested;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// An event is handled once, in one transaction with its effect, however often it is delivered.
class EventInboxIT {
    private final Database database = TestSchema.fresh();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final EventInbox inbox =
            new EventInbox(database, new EventSpans(OpenTelemetry.noop().getTracer("test")), meters);

    @BeforeEach
    void makeEffects() {
        database.with(handle -> handle.execute("create table effects (name text not null)"));
    }

    private static byte[] event(String run) {
        return TrainingEvent.newBuilder()
                .setTrainingRunRequested(TrainingRunRequested.newBuilder()
                        .setTrainingRun(TrainingRun.newBuilder().setName(run)))
                .build()
                .toByteArray();
    }

    private static ConsumerRecord<String, byte[]> record(String id, byte[] value) {
        ConsumerRecord<String, byte[]> record = new ConsumerRecord<>("topic", 0, 7, "key", value);
        record.headers().add("ce_id", id.getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        inbox.once(record, TrainingEvent.parser(), this::act);
    }

    private void act(TrainingEvent event) {
        String run = event.getTrainingRunRequested().getTrainingRun().getName();
        database.with(handle -> handle.execute("insert into effects values (?)", run));
    }

    private List<String> effects() {
        return database.with(handle -> handle.createQuery("select name from effects order by name")
                .mapTo(String.class)
                .list());
    }

    private double duplicates() {
        return meters.find("finetide.consumer.duplicates").counter().count();
    }

    @Test
    void anEventThatIsDeliveredAgainHasNoSecondEffect() {
        take(record("1", event("a")));
        take(record("2", event("b")));
        take(record("1", event("a")));
        take(record("1", event("a")));
        assertThat(effects()).containsExactly("a", "b");
        assertThat(duplicates()).isEqualTo(2);
    }

    @Test
    void anEventWhoseHandlingFailedCountsAsNew() {
        assertThatThrownBy(() -> inbox.once(record("1", event("a")), TrainingEvent.parser(), event -> {
                    act(event);
                    throw new IllegalStateException("after the effect");
                }))
                .isInstanceOf(PoisonRecordException.class);
        assertThat(effects()).isEmpty();
        take(record("1", event("a")));
        assertThat(effects()).containsExactly("a");
    }

    @Test
    void aRecordThatIsNotFromWhomItSaysIsPoisonAndHasNoEffect() {
        assertThatThrownBy(() -> inbox.fenced(
                        record("1", event("a")),
                        TrainingEvent.parser(),
                        event -> !event.getTrainingRunRequested()
                                .getTrainingRun()
                                .getName()
                                .equals("a"),
                        this::act))
                .isInstanceOf(PoisonRecordException.class)
                .hasMessageContaining("has no seal of the worker");
        assertThat(effects()).isEmpty();
        assertThat(meters.get("finetide.dlq.records")
                        .tag("reason", "forged")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    /// Drill 4: the consumer dies between the commit of the database and that of its offset, at random records.
    @Test
    void aConsumerThatDiesBeforeItsOffsetIsCommittedLeavesOneEffect() throws Exception {
        long seed = Long.getLong("finetide.seed", System.nanoTime());
        System.out.println("EventInboxIT drill 4: finetide.seed=" + seed);
        Random random = new Random(seed);
        Topic topic = Topic.fresh();
        int events = 40;
        try (Producer<String, byte[]> producer = topic.producer()) {
            for (int i = 0; i < events; i++) {
                ProducerRecord<String, byte[]> record =
                        new ProducerRecord<>(topic.name(), "key", event("run-%02d".formatted(i)));
                record.headers().add("ce_id", ("event-" + i).getBytes(StandardCharsets.UTF_8));
                producer.send(record);
            }
        }
        int deaths = 0;
        while (!consumedToTheEnd(topic, random, deaths >= 5, events)) {
            deaths++;
        }
        assertThat(deaths).isEqualTo(5);
        assertThat(effects()).hasSize(events).doesNotHaveDuplicates();
        assertThat(duplicates())
                .as("records that were handled and not committed")
                .isGreaterThanOrEqualTo(5);
    }

    /// Consumes as a new process of the group. Returns false if it died on the way.
    private boolean consumedToTheEnd(Topic topic, Random random, boolean healthy, int events) {
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        topic.bootstrapServers(),
                        "group.id",
                        topic.name(),
                        "enable.auto.commit",
                        "false",
                        "auto.offset.reset",
                        "earliest",
                        "max.poll.records",
                        "10"),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic.name()));
            int dies = 1 + random.nextInt(6);
            int handled = 0;
            while (true) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    take(record);
                    handled++;
                    if (!healthy && handled == dies) {
                        return false;
                    }
                    if (record.offset() == events - 1) {
                        return true;
                    }
                }
                if (healthy) {
                    consumer.commitSync();
                }
            }
        }
    }

    @Test
    void idsThatNoIndexTakesArePoison() {
        for (String id : List.of("", "x".repeat(3_000_000), "a\0b", "a b", "é")) {
            assertThatThrownBy(() -> take(record(id, event("a"))))
                    .isInstanceOf(PoisonRecordException.class)
                    .hasMessageContaining("ce_id");
        }
        assertThat(effects()).isEmpty();
    }

    @Test
    void anErrorOfAHandlerIsPoisonAndNotTheEndOfTheConsumer() {
        assertThatThrownBy(() -> inbox.once(record("1", event("a")), TrainingEvent.parser(), _ -> {
                    throw new StackOverflowError();
                }))
                .isInstanceOf(PoisonRecordException.class)
                .hasMessageContaining("StackOverflowError");
    }
}
