package dev.finetide.kit.event;

import dev.finetide.proto.event.KafkaSettings;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Makes the settings that all Kafka clients of a service share.
public final class EventBeans {
    /// The name by which the messaging library finds the settings of its consumers and producers.
    public static final String BROKER = "default-kafka-broker";

    private EventBeans() {}

    @Produces
    @Singleton
    @Identifier(BROKER)
    static Map<String, Object> broker(@ConfigProperty(name = "kafka.bootstrap.servers") String bootstrapServers) {
        return KafkaSettings.of(bootstrapServers);
    }
}
