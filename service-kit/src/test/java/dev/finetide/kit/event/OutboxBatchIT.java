package dev.finetide.kit.event;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.kit.trace.EventSpans;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

class OutboxBatchIT {
    private final Database database = TestSchema.fresh();
    private final OutboxRows rows = new OutboxRows(database);
    private final Topic topic = Topic.fresh();
    private final AtomicLong nanos = new AtomicLong();
    private final List<String> counted = new ArrayList<>();
    private final OutboxBatch batch = new OutboxBatch(
            new EventSpans(OpenTelemetry.noop().getTracer("test")),
            "test",
            new RefusedTopics(Duration.ofSeconds(15), Duration.ofMinutes(1), nanos::get),
            row -> counted.add(row.id()));

    private void send(Producer<String, byte[]> producer)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (Handle handle = database.open()) {
            batch.send(handle, producer);
        }
    }

    @Test
    void rowsThatKafkaRefusesAreParkedAndAllOthersLeaveInOrder() throws Exception {
        String first = rows.add(topic.name(), "a", 10);
        String tooLargeForTheBroker = rows.add(topic.name(), "a", 1_500_000);
        String tooLargeForTheProducer = rows.add(topic.name(), "b", 5_000_000);
        rows.add("no topic's name", "a", 10);
        String second = rows.add(topic.name(), "a", 20);
        String third = rows.add(topic.name(), "b", 30);
        try (Producer<String, byte[]> producer = topic.producer()) {
            send(producer);
            assertThat(topic.ids()).containsExactly(first, second, third);
            assertThat(rows.waiting()).isEmpty();
            assertThat(rows.parked()).hasSize(3).contains(tooLargeForTheBroker, tooLargeForTheProducer);
            assertThat(rows.problems())
                    .containsExactly("RecordTooLargeException", "RecordTooLargeException", "InvalidTopicException");
            assertThat(counted).containsExactly(first, second, third);

            topic.setLargestRecord(2_000_000);
            rows.sendAgain();
            send(producer);
            assertThat(topic.ids()).containsExactly(first, second, third, tooLargeForTheBroker);
            assertThat(rows.parked()).hasSize(2);
        }
    }

    @Test
    void aTopicThatStaysUnknownHoldsUpNoOtherAndIsGivenUp() throws Exception {
        List<String> lost = IntStream.range(0, 3)
                .mapToObj(_ -> rows.add("nowhere-" + topic.name(), "a", 10))
                .toList();
        String good = rows.add(topic.name(), "a", 10);
        try (Producer<String, byte[]> producer = topic.hastyProducer()) {
            await().ignoreExceptions()
                    .until(() -> !producer.partitionsFor(topic.name()).isEmpty());
            send(producer);
            assertThat(topic.ids()).containsExactly(good);
            assertThat(rows.waiting()).as("the topic may still be made").isEqualTo(lost);

            nanos.addAndGet(Duration.ofSeconds(5).toNanos());
            String next = rows.add(topic.name(), "a", 10);
            send(producer);
            assertThat(topic.ids()).containsExactly(good, next);

            nanos.addAndGet(Duration.ofMinutes(2).toNanos());
            send(producer);
            assertThat(rows.waiting()).isEmpty();
            assertThat(rows.parked()).isEqualTo(lost);
            assertThat(rows.problems()).containsOnly("UnknownTopicOrPartitionException");
        }
    }

    @Test
    void aRowStaysUntilTheBrokerHasAcknowledgedIt() throws Exception {
        CompletableFuture<RecordMetadata> acknowledgement = new CompletableFuture<>();
        AtomicInteger begun = new AtomicInteger();
        String row = rows.add(topic.name(), "a", 10);
        try (Producer<String, byte[]> producer = new UnsureProducer(_ -> {
            begun.incrementAndGet();
            return acknowledgement;
        })) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    send(producer);
                } catch (InterruptedException | ExecutionException | TimeoutException e) {
                    throw new IllegalStateException(e);
                }
            });
            await().until(() -> begun.get() == 1);
            await().during(Duration.ofMillis(300)).until(() -> rows.waiting().equals(List.of(row)));
            acknowledgement.complete(null);
            sending.join();
        }
        assertThat(rows.waiting()).isEmpty();
    }

    @Test
    void aRowWhoseAcknowledgementIsLostIsSentAgain() throws Exception {
        String row = rows.add(topic.name(), "a", 10);
        String later = rows.add(topic.name(), "a", 10);
        AtomicInteger heard = new AtomicInteger();
        try (Producer<String, byte[]> real = topic.producer();
                Producer<String, byte[]> producer = UnsureProducer.of(
                        real,
                        acknowledgement -> heard.getAndIncrement() == 0
                                ? UnsureProducer.failed(new NetworkException("cut"))
                                : acknowledgement)) {
            assertThatThrownBy(() -> send(producer)).hasCauseInstanceOf(NetworkException.class);
            assertThat(rows.waiting())
                    .as("the later event of a resource is the last")
                    .containsExactly(row, later);
            send(producer);
        }
        assertThat(rows.waiting()).isEmpty();
        assertThat(topic.ids()).startsWith(row).endsWith(row, later);
    }

    @Test
    void aRowThatFailsForAnUnknownReasonIsParkedAfterFiveTries() throws Exception {
        String bad = rows.add(topic.name(), "bad", 10);
        rows.add(topic.name(), "good", 10);
        try (Producer<String, byte[]> real = topic.producer();
                Producer<String, byte[]> producer =
                        new UnsureProducer(record -> record.key().equals("bad")
                                ? UnsureProducer.failed(new UnknownServerException("?"))
                                : real.send(record))) {
            for (int tries = 1; tries < 5; tries++) {
                assertThatThrownBy(() -> send(producer)).hasCauseInstanceOf(UnknownServerException.class);
                assertThat(rows.waiting()).as("the other has gone").containsExactly(bad);
            }
            send(producer);
        }
        assertThat(rows.parked()).containsExactly(bad);
    }

    @Test
    void aBrokerThatIsAwayParksNothing() {
        String row = rows.add(topic.name(), UUID.randomUUID().toString(), 10);
        try (Producer<String, byte[]> producer = new Topic("127.0.0.1:1", topic.name()).hastyProducer()) {
            assertThatThrownBy(() -> send(producer))
                    .hasCauseInstanceOf(org.apache.kafka.common.errors.TimeoutException.class);
        }
        assertThat(rows.waiting()).containsExactly(row);
    }
}
