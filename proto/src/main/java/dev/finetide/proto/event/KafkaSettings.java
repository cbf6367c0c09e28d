package dev.finetide.proto.event;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/// Settings of every Kafka client of Finetide: how it logs in and encrypts. They come from a file of
/// client settings, as Kafka's own tools read it (`--command-config`), and from the environment.
public final class KafkaSettings {
    /// The environment variable with the path of the file.
    public static final String FILE = "FINETIDE_KAFKA_PROPERTIES";

    private static final String ADDRESS = "bootstrap.servers";
    private static final String TOKENS = "sasl.oauthbearer.token.endpoint.url";

    private KafkaSettings() {}

    /// Returns the settings of this process. Variables such as `KAFKA_SECURITY_PROTOCOL`,
    /// `KAFKA_SASL_JAAS_CONFIG` and
    /// `KAFKA_SSL_TRUSTSTORE_LOCATION` stand for the settings `security.protocol` and so on, and
    /// override the file.
    ///
    /// @param bootstrapServers host:port of a broker, or several separated by commas; overrides the
    ///     file
    /// @throws UncheckedIOException if the file cannot be read; the message names it
    public static Map<String, Object> of(String bootstrapServers) {
        return of(System.getenv(), bootstrapServers);
    }

    /// Returns the settings of a process with these environment variables.
    ///
    /// @throws UncheckedIOException if the file cannot be read; the message names it
    public static Map<String, Object> of(Map<String, String> environment, String bootstrapServers) {
        Map<String, Object> settings = new HashMap<>();
        String file = environment.getOrDefault(FILE, "");
        if (!file.isEmpty()) {
            settings.putAll(read(Path.of(file)));
        }
        environment.forEach((name, value) -> {
            if (Stream.of("KAFKA_SECURITY_", "KAFKA_SASL_", "KAFKA_SSL_").anyMatch(name::startsWith)) {
                settings.put(setting(name), value);
            }
        });
        settings.put(ADDRESS, bootstrapServers);
        allowTokens(settings);
        return Collections.unmodifiableMap(settings);
    }

    /// Lets Kafka's client fetch tokens where the settings say, from an address or a file. It reads only
    /// what system properties allow, for programs whose users may choose a client's settings; here the
    /// operator has chosen them.
    private static void allowTokens(Map<String, Object> settings) {
        settings.forEach((name, value) -> {
            String place = String.valueOf(value);
            if (name.equals(TOKENS)) {
                allow("urls", place);
                if (place.startsWith("file:")) {
                    allow("files", URI.create(place).getPath());
                }
            } else if (name.startsWith("sasl.oauthbearer.") && name.endsWith(".file")) {
                allow("files", place);
            }
        });
    }

    private static void allow(String kind, String place) {
        String property = "org.apache.kafka.sasl.oauthbearer.allowed." + kind;
        String allowed = System.getProperty(property, "");
        if (!List.of(allowed.split(",")).contains(place)) {
            System.setProperty(property, allowed.isEmpty() ? place : allowed + "," + place);
        }
    }

    /// Returns what is wrong with settings of which no client could be made. It has nothing of a
    /// password: Kafka itself quotes the part of one that follows a quote.
    ///
    /// @param failure what the constructor of a client threw
    public static String problem(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String said = String.valueOf(root.getMessage());
        return "Kafka's client settings cannot be used: "
                + (said.contains("JAAS config")
                        ? "sasl.jaas.config is not of the form CLASS required NAME=\"VALUE\" ...; (a quote or backslash"
                                + " inside a value needs a backslash before it)"
                        : said);
    }

    private static String setting(String variable) {
        return variable.substring("KAFKA_".length()).toLowerCase(Locale.ROOT).replace('_', '.');
    }

    /// Returns the settings in a file, its `bootstrap.servers` included.
    ///
    /// @throws UncheckedIOException if the file cannot be read; the message names it
    public static Map<String, Object> read(Path file) {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException e) {
            // The message of a malformed file may quote it.
            throw new UncheckedIOException(new IOException(file + ": cannot be read as Kafka's client settings ("
                    + e.getClass().getSimpleName() + ")"));
        }
        Map<String, Object> settings = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        return settings;
    }
}
