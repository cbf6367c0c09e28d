package dev.finetide.kit.event;

import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.embedded.TopicProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// A topic of one partition that no other test uses.
record Topic(String bootstrapServers, String name) {
    static Topic fresh() {
        return fresh(Infrastructure.get().bootstrapServers(), 1);
    }

    static Topic fresh(String bootstrapServers, int replicas) {
        Topic topic = new Topic(bootstrapServers, "test-" + UUID.randomUUID());
        Map<String, String> config = replicas > 1 ? Map.of("min.insync.replicas", "2") : Map.of();
        topic.ask(admin -> admin.createTopics(List.of(
                        new NewTopic(topic.name(), Optional.of(1), Optional.of((short) replicas)).configs(config)))
                .all()
                .get());
        return topic;
    }

    private interface Question {
        void ask(Admin admin) throws ExecutionException, InterruptedException;
    }

    private void ask(Question question) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            question.ask(admin);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    void setLargestRecord(int bytes) {
        ask(admin -> admin.incrementalAlterConfigs(Map.of(
                        resource(),
                        List.of(new AlterConfigOp(
                                new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(bytes)),
                                AlterConfigOp.OpType.SET))))
                .all()
                .get());
    }

    private ConfigResource resource() {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    Producer<String, byte[]> producer() {
        return producer(180_000);
    }

    /// Returns a producer that soon gives up what it does not know: a broker or a topic.
    Producer<String, byte[]> hastyProducer() {
        return producer(1_000);
    }

    private Producer<String, byte[]> producer(int blocksMillis) {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "acks",
                        "all",
                        "max.block.ms",
                        blocksMillis,
                        "request.timeout.ms",
                        60_000,
                        "delivery.timeout.ms",
                        180_000,
                        "max.request.size",
                        RecordSizes.LARGEST_RECORD),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    /// Returns all records that the topic has now.
    List<ConsumerRecord<String, byte[]>> records() {
        TopicPartition partition = new TopicPartition(name, 0);
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers), new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    /// Returns the ids of all events that the topic has now.
    List<String> ids() {
        return records().stream()
                .map(record -> TopicProbe.header(record, "ce_id"))
                .toList();
    }
}
