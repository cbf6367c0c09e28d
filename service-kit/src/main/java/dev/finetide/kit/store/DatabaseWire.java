package dev.finetide.kit.store;

import dev.finetide.proto.tls.Endpoint;
import dev.finetide.proto.tls.WireSettings;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/// Keeps a service from running that sends rows to a database on another machine in plain text, or to whoever answers
/// in its place. The driver's own default takes plain text where the server offers nothing else.
final class DatabaseWire {
    private static final List<String> VERIFIED = List.of("verify-ca", "verify-full");

    private DatabaseWire() {}

    static void check(
            @Observes StartupEvent start, @ConfigProperty(name = "quarkus.datasource.jdbc.url") String jdbcUrl) {
        require(jdbcUrl, WireSettings.ofEnvironment());
    }

    /// @throws IllegalStateException if others can read or change what a connection with this URL carries, and the
    ///     environment does not allow it; the message has no password
    static void require(String jdbcUrl, WireSettings wires) {
        Properties parameters = Driver.parseURL(jdbcUrl, new Properties());
        if (parameters == null) {
            return; // The driver refuses the URL, and says why.
        }
        String hosts = PGProperty.PG_HOST.getOrDefault(parameters);
        String mode = PGProperty.SSL_MODE.getOrDefault(parameters);
        boolean isHere = Arrays.stream(hosts.split(",")).allMatch(host -> new Endpoint(host, 1, false).isLoopback());
        if (!isHere && !VERIFIED.contains(String.valueOf(mode)) && !wires.allowsPlainText()) {
            throw new IllegalStateException("the database on " + hosts + " is another machine, and nothing verifies it"
                    + " (sslmode=" + (mode == null ? "prefer" : mode) + "): add &sslmode=verify-full&sslrootcert=FILE"
                    + " to quarkus.datasource.jdbc.url, or allow plain text by " + WireSettings.PLAIN_TEXT
                    + "=true where the network is closed");
        }
    }
}
