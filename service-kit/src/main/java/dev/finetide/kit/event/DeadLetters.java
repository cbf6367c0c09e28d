package dev.finetide.kit.event;

import dev.finetide.kit.error.FatalErrors;
import io.quarkus.arc.Unremovable;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.IncomingKafkaRecord;
import io.smallrye.reactive.messaging.kafka.KafkaConnectorIncomingConfiguration;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.smallrye.reactive.messaging.kafka.fault.KafkaFailureHandler;
import io.vertx.mutiny.core.Vertx;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.jboss.logging.Logger;

/// Sends the records of one channel that cannot be handled to its dead-letter topic. A record waits, and with it its
/// partition, only while the broker is away: what the broker refuses is cut until it takes it.
final class DeadLetters implements KafkaFailureHandler {
    /// Name of this strategy in the configuration.
    static final String STRATEGY = "finetide-dead-letters";

    private static final Logger LOG = Logger.getLogger(DeadLetters.class);

    private final String topic;
    private final String consumer;
    private final Supplier<Producer<String, byte[]>> opening;
    private final ReentrantLock oneAtATime = new ReentrantLock(true);
    private Producer<String, byte[]> producer;
    private boolean isRefused;
    private volatile boolean stopped;

    /// @param consumer group of the channel's consumer
    /// @param opening  opens a producer, at the first dead letter
    DeadLetters(String topic, String consumer, Supplier<Producer<String, byte[]>> opening) {
        this.topic = topic;
        this.consumer = consumer;
        this.opening = opening;
    }

    /// Makes the handlers of a service's channels.
    @Singleton
    @Unremovable
    @Identifier(STRATEGY)
    static class Factory implements KafkaFailureHandler.Factory {
        private final Map<String, Object> broker;

        Factory(@Identifier(EventBeans.BROKER) Map<String, Object> broker) {
            this.broker = broker;
        }

        @Override
        public KafkaFailureHandler create(
                KafkaConnectorIncomingConfiguration channel,
                Vertx vertx,
                KafkaConsumer<?, ?> consumer,
                BiConsumer<Throwable, Boolean> reportFailure) {
            return new DeadLetters(
                    channel.getDeadLetterQueueTopic().orElseThrow(),
                    String.valueOf(consumer.configuration().get(ConsumerConfig.GROUP_ID_CONFIG)),
                    () -> open(channel.getChannel()));
        }

        private Producer<String, byte[]> open(String channel) {
            Map<String, Object> settings = new HashMap<>(broker);
            settings.put(ProducerConfig.CLIENT_ID_CONFIG, "dead-letters-" + channel);
            settings.put(ProducerConfig.ACKS_CONFIG, "all");
            settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
            settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, RecordSizes.LARGEST_DEAD_LETTER);
            return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        }
    }

    @Override
    public <K, V> Uni<Void> handle(IncomingKafkaRecord<K, V> record, Throwable failure, Metadata metadata) {
        DeadLetter.Source source = new DeadLetter.Source(
                record.getTopic(),
                record.getPartition(),
                record.getOffset(),
                record.getKey() instanceof String key ? key : null,
                record.getPayload() instanceof byte[] value ? value : null,
                record.getHeaders());
        CompletableFuture<Void> delivered = new CompletableFuture<>();
        Thread.ofVirtual().name("dead-letter").start(() -> {
            try {
                deliver(source, failure);
                delivered.complete(null);
            } catch (InterruptedException | RuntimeException | Error undelivered) {
                FatalErrors.endProcessAfter(undelivered);
                delivered.completeExceptionally(undelivered);
            }
        });
        return Uni.createFrom()
                .completionStage(delivered)
                .emitOn(record::runOnMessageContext)
                .chain(() -> Uni.createFrom().completionStage(record.ack(metadata)));
    }

    /// Sends the dead letter of a record, and returns when the broker has acknowledged it.
    void deliver(DeadLetter.Source source, Throwable failure) throws InterruptedException {
        oneAtATime.lockInterruptibly();
        try {
            ProducerRecord<String, byte[]> letter = DeadLetter.of(topic, consumer, source, failure);
            for (int tries = 1; !isTaken(letter); tries++) {
                if (isRefused) {
                    letter = DeadLetter.ofPlace(topic, consumer, source, failure);
                }
                TimeUnit.MILLISECONDS.sleep(Math.min(10_000, 250L << Math.min(tries, 6)));
            }
            LOG.warnf(
                    "record moved to its dead letters topic=%s partition=%d offset=%d",
                    source.topic(), source.partition(), source.offset());
        } finally {
            oneAtATime.unlock();
        }
    }

    private boolean isTaken(ProducerRecord<String, byte[]> letter) throws InterruptedException {
        if (stopped) {
            throw new IllegalStateException("the channel has ended");
        }
        try {
            if (producer == null) {
                producer = opening.get();
            }
            producer.send(letter).get();
            return true;
        } catch (ExecutionException | KafkaException e) {
            Throwable failure = e instanceof ExecutionException ? e.getCause() : e;
            isRefused = SendFailure.of(failure) == SendFailure.OF_ROW;
            LOG.warnf(
                    "dead letter not taken, trying again topic=%s reason=%s",
                    topic, failure.getClass().getSimpleName());
            return false;
        }
    }

    @Override
    public void terminate() {
        stopped = true;
        Thread.ofVirtual().name("dead-letters-end").start(() -> {
            oneAtATime.lock();
            try {
                if (producer != null) {
                    producer.close();
                }
            } finally {
                oneAtATime.unlock();
            }
        });
    }
}
