package dev.finetide.kit.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.event.KafkaSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaSettingsTest {
    @TempDir
    Path directory;

    @Test
    void environmentOverridesTheFileAndTheAddressIsTheCallers() throws Exception {
        Path file = directory.resolve("client.properties");
        Files.writeString(file, """
                bootstrap.servers=elsewhere:9092
                security.protocol=SASL_PLAINTEXT
                sasl.mechanism=PLAIN
                """);

        assertThat(KafkaSettings.of(
                        Map.of(
                                KafkaSettings.FILE,
                                file.toString(),
                                "KAFKA_SECURITY_PROTOCOL",
                                "SASL_SSL",
                                "KAFKA_SSL_TRUSTSTORE_LOCATION",
                                "/etc/ca.p12",
                                "KAFKA_HEAP_OPTS",
                                "-Xmx1g"),
                        "broker:9092"))
                .isEqualTo(Map.of(
                        "bootstrap.servers", "broker:9092",
                        "security.protocol", "SASL_SSL",
                        "sasl.mechanism", "PLAIN",
                        "ssl.truststore.location", "/etc/ca.p12"));
        assertThat(KafkaSettings.of(Map.of(), "broker:9092")).isEqualTo(Map.of("bootstrap.servers", "broker:9092"));
    }

    @Test
    void tokensOfAnIdentityServerAndAnyClassByNamePassThrough() {
        assertThat(KafkaSettings.of(
                        Map.of(
                                "KAFKA_SASL_MECHANISM",
                                "OAUTHBEARER",
                                "KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL",
                                "https://login.example/token",
                                "KAFKA_SASL_CLIENT_CALLBACK_HANDLER_CLASS",
                                "com.example.CloudIam"),
                        "broker:9092"))
                .isEqualTo(Map.of(
                        "bootstrap.servers", "broker:9092",
                        "sasl.mechanism", "OAUTHBEARER",
                        "sasl.oauthbearer.token.endpoint.url", "https://login.example/token",
                        "sasl.client.callback.handler.class", "com.example.CloudIam"));
    }

    @Test
    void fileThatCannotBeReadIsNamedAndNotQuoted() throws Exception {
        Path malformed = Files.writeString(directory.resolve("malformed"), "password=\\uSECRET");

        assertThatThrownBy(() -> KafkaSettings.read(directory.resolve("missing")))
                .hasMessageContaining("missing: cannot be read as Kafka's client settings (NoSuchFileException)");
        assertThatThrownBy(() -> KafkaSettings.read(malformed))
                .hasMessageContaining("malformed: cannot be read")
                .hasMessageNotContaining("SECRET");
    }
}
