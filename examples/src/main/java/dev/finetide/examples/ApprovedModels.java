package dev.finetide.examples;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// Example of another team's service that reacts to approved models. The service needs only Finetide's contracts.
/// The topic is compacted, so that a new consumer group first receives the last event of every existing version.
/// Delivery is at least once, so a reaction must do no harm the second time.
public final class ApprovedModels {
    private ApprovedModels() {}

    /// `java dev.finetide.examples.ApprovedModels ~/.finetide/data/kafka.properties` prints each
    /// approved version. The file has the settings of a Kafka client.
    public static void main(String[] arguments) throws IOException {
        Properties kafka = new Properties();
        try (Reader in = Files.newBufferedReader(Path.of(arguments[0]))) {
            kafka.load(in);
        }
        react(kafka, "approved-models-example", version -> System.out.println(version.getName() + " is approved"));
    }

    /// Calls `reaction` for every approved version, until the thread is interrupted.
    static void react(Properties kafka, String group, Consumer<ModelVersion> reaction)
            throws InvalidProtocolBufferException {
        Properties settings = new Properties();
        settings.putAll(kafka);
        settings.setProperty("group.id", group);
        settings.setProperty("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("finetide.model.v1"));
            while (true) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    ModelEvent event = ModelEvent.parseFrom(record.value());
                    if (event.hasModelVersionApproved()) {
                        reaction.accept(event.getModelVersionApproved().getModelVersion());
                    }
                }
            }
        }
    }
}
