package dev.finetide.e2e;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.finetide.proto.worker.v1.WorkerEvent;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// Sends every worker event a second time, as a broker or a network may: same key, value and headers.
final class WorkerEventEcho implements AutoCloseable {
    private static final String TOPIC = "finetide.worker.v1";
    private static final String MARK = "e2e-echo";

    private final KafkaConsumer<String, byte[]> consumer;
    private final KafkaProducer<String, byte[]> producer;
    private final Thread thread;
    private final AtomicLong echoed = new AtomicLong();

    WorkerEventEcho(Map<String, Object> kafka) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put("group.id", "e2e-echo-" + UUID.randomUUID());
        settings.put("auto.offset.reset", "earliest");
        consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        producer = new KafkaProducer<>(kafka, new StringSerializer(), new ByteArraySerializer());
        consumer.subscribe(List.of(TOPIC));
        thread = Thread.ofPlatform().name("worker-event-echo").daemon().start(this::run);
    }

    /// Returns how many steps and other reports were sent again; an event may carry several steps.
    long echoed() {
        return echoed.get();
    }

    private void run() {
        try (consumer;
                producer) {
            while (true) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (record.headers().lastHeader(MARK) == null) {
                        ProducerRecord<String, byte[]> again =
                                new ProducerRecord<>(TOPIC, record.key(), record.value());
                        record.headers().forEach(again.headers()::add);
                        again.headers().add(MARK, "1".getBytes(StandardCharsets.UTF_8));
                        producer.send(again);
                        echoed.addAndGet(
                                1 + WorkerEvent.parseFrom(record.value()).getEarlierStepsCount());
                    }
                }
            }
        } catch (WakeupException | InterruptException closed) {
            // close() was called
        } catch (InvalidProtocolBufferException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        consumer.wakeup();
        thread.join(10_000);
    }
}
