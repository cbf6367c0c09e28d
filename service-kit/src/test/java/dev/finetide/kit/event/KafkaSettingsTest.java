package dev.finetide.kit.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.finetide.proto.event.KafkaSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule;
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

    /// Kafka's client asks only addresses that a system property allows, which nobody sets for our processes.
    @Test
    void aClientFetchesItsTokenFromTheAddressInTheSettings() throws Exception {
        List<String> logins = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/token", exchange -> {
            logins.add(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] answer = "{\"access_token\":\"%s\"}".formatted(token()).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        try (Admin client = Admin.create(tokensFrom(
                "http://127.0.0.1:" + server.getAddress().getPort() + "/token",
                "clientId=\"worker\" clientSecret=\"secret\""))) {
            assertThat(client).isNotNull();
            assertThat(logins).containsOnly("Basic d29ya2VyOnNlY3JldA=="); // worker:secret
        } finally {
            server.stop(0);
        }
    }

    /// Returns the settings of a client that fetches its OAUTHBEARER token from an address or a file.
    ///
    /// @param login options of the login module, parted by spaces
    private static Map<String, Object> tokensFrom(String place, String login) {
        return KafkaSettings.of(
                Map.of(
                        "KAFKA_SECURITY_PROTOCOL",
                        "SASL_PLAINTEXT",
                        "KAFKA_SASL_MECHANISM",
                        "OAUTHBEARER",
                        "KAFKA_SASL_LOGIN_CALLBACK_HANDLER_CLASS",
                        OAuthBearerLoginCallbackHandler.class.getName(),
                        "KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL",
                        place,
                        "KAFKA_SASL_JAAS_CONFIG",
                        OAuthBearerLoginModule.class.getName() + " required " + login + ";"),
                "127.0.0.1:1");
    }

    /// A cluster may put a token into a file of the pod.
    @Test
    void aClientReadsItsTokenFromTheFileInTheSettings() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), token());
        try (Admin client = Admin.create(tokensFrom(file.toUri().toString(), ""))) {
            assertThat(client).isNotNull();
        }
    }

    private static String token() {
        long now = Instant.now().getEpochSecond();
        return base64("{\"alg\":\"RS256\"}") + "."
                + base64("{\"sub\":\"worker\",\"scope\":\"kafka\",\"iat\":%d,\"exp\":%d}".formatted(now, now + 600))
                + "." + base64("signature");
    }

    private static String base64(String text) {
        return Base64.getEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void settingsOfWhichThereIsNoClientAreExplainedAndNotQuoted() {
        Map<String, Object> settings = KafkaSettings.of(
                Map.of(
                        "KAFKA_SECURITY_PROTOCOL",
                        "SASL_SSL",
                        "KAFKA_SASL_MECHANISM",
                        "SCRAM-SHA-512",
                        "KAFKA_SASL_JAAS_CONFIG",
                        "ScramLoginModule required username=\"eval\" password=\"se\"cret\";"),
                "127.0.0.1:1");
        assertThatThrownBy(() -> Admin.create(settings))
                .satisfies(failure -> assertThat(KafkaSettings.problem(failure))
                        .startsWith("Kafka's client settings cannot be used: sasl.jaas.config is not of the form")
                        .doesNotContain("cret"));
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
