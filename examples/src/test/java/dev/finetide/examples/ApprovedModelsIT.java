package dev.finetide.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersionApproved;
import dev.finetide.proto.model.v1.ModelVersionHeld;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class ApprovedModelsIT {
    private static final String TOPIC = "finetide.model.v1";

    private final String bootstrapServers = SharedInfrastructure.get().bootstrapServers();

    @Test
    void reactsToApprovedVersionsOnly() throws Exception {
        // Given a held and an approved version on the topic, as the registry writes them
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, Optional.of(3), Optional.empty())
                            .configs(Map.of("cleanup.policy", "compact"))))
                    .all()
                    .get();
        }
        publish(ModelEvent.newBuilder()
                .setModelVersionHeld(ModelVersionHeld.newBuilder().setModelVersion(version(1)))
                .build());
        publish(ModelEvent.newBuilder()
                .setModelVersionApproved(ModelVersionApproved.newBuilder().setModelVersion(version(2)))
                .build());

        // When
        BlockingQueue<ModelVersion> reactions = new LinkedBlockingQueue<>();
        Thread consumer = Thread.ofPlatform().start(() -> consume(reactions));

        // Then
        assertThat(reactions.poll(3, TimeUnit.MINUTES)).isEqualTo(version(2));
        assertThat(reactions).isEmpty();
        consumer.interrupt();
        consumer.join(10_000);
        assertThat(consumer.isAlive()).isFalse();
    }

    private Properties kafka() {
        Properties settings = new Properties();
        settings.setProperty("bootstrap.servers", bootstrapServers);
        return settings;
    }

    private void consume(BlockingQueue<ModelVersion> reactions) {
        try {
            ApprovedModels.react(kafka(), "examples-" + UUID.randomUUID(), reactions::add);
        } catch (InterruptException stopped) {
            // The test has seen enough.
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static ModelVersion version(int number) {
        return ModelVersion.newBuilder()
                .setName("projects/default/models/support-desk/versions/" + number)
                .build();
    }

    private void publish(ModelEvent event) throws ExecutionException, InterruptedException {
        ModelVersion version = event.hasModelVersionHeld()
                ? event.getModelVersionHeld().getModelVersion()
                : event.getModelVersionApproved().getModelVersion();
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(TOPIC, version.getName(), event.toByteArray());
        record.headers().add("ce_id", UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
        record.headers().add("ce_subject", version.getName().getBytes(StandardCharsets.UTF_8));
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(record).get();
        }
    }
}
