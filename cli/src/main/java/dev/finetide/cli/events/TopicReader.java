package dev.finetide.cli.events;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.proto.event.KafkaSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// Opens topics for reading. No offset is committed, so that consumers of the topics are not affected.
final class TopicReader {
    private static final String TIMEOUT_MS = "10000";

    private TopicReader() {}

    /// Reads with a consumer that is closed afterwards.
    ///
    /// @param kafka   settings of the client
    /// @param reading what to do with the consumer
    /// @throws CommandFailedException UNREACHABLE if the broker does not answer, REFUSED if it refuses
    ///     the login or the right to read, FAILED if no client can be made of the settings
    static void read(Map<String, Object> kafka, Consumer<KafkaConsumer<String, byte[]>> reading) {
        Object broker = kafka.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG);
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
        try (KafkaConsumer<String, byte[]> consumer = open(settings)) {
            reading.accept(consumer);
        } catch (TimeoutException away) {
            throw CommandFailedException.unreachable(
                    "Kafka at " + broker
                            + " cannot be reached. One that wants TLS or a login does not answer a client without:"
                            + " name the file of a client's settings by " + KafkaSettings.FILE,
                    away);
        } catch (AuthenticationException refused) {
            throw CommandFailedException.refused("Kafka at " + broker
                    + " refuses this login: user or password is missing or wrong in the file of a client's settings that "
                    + KafkaSettings.FILE + " names, or in KAFKA_SASL_JAAS_CONFIG");
        } catch (AuthorizationException denied) {
            throw CommandFailedException.refused(
                    "Kafka at " + broker + " does not let this login's user read: " + denied.getMessage());
        }
    }

    private static KafkaConsumer<String, byte[]> open(Map<String, Object> settings) {
        try {
            return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        } catch (KafkaException unusable) {
            throw CommandFailedException.failed(KafkaSettings.problem(unusable));
        }
    }
}
