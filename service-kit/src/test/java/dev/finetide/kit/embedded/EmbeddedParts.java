package dev.finetide.kit.embedded;

import dev.finetide.embedded.FreePorts;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Starts what a service under `@QuarkusTest` needs: real Kafka and PostgreSQL, an empty blob store, free ports.
///
/// Argument `schema`: the service's schema. The gRPC port is the setting `quarkus.grpc.server.test-port`.
public final class EmbeddedParts implements QuarkusTestResourceLifecycleManager {
    private String schema;

    @Override
    public void init(Map<String, String> arguments) {
        schema = arguments.get("schema");
    }

    @Override
    public Map<String, String> start() {
        Infrastructure parts = Infrastructure.get();
        try {
            // The folder stays, for the workers' logs, until a clean build deletes it.
            Path target = Path.of("target").toAbsolutePath();
            Path directory = Files.createTempDirectory(target, "blobs-and-workers-");
            String port = Integer.toString(FreePorts.pick(1).getFirst());
            Map<String, String> settings = new LinkedHashMap<>();
            settings.put("kafka.bootstrap.servers", parts.bootstrapServers());
            settings.put("quarkus.datasource.jdbc.url", parts.jdbcUrl(schema));
            settings.putAll(TestCallers.settings());
            settings.put("quarkus.http.test-port", "0");
            settings.put("quarkus.grpc.server.test-port", port);
            settings.put("finetide.advertised-endpoint", "127.0.0.1:" + port);
            settings.put(
                    "finetide.blobs.uri", directory.resolve("blobs").toUri().toString());
            settings.put(
                    "finetide.worker.directory", directory.resolve("workers").toString());
            return settings;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {}
}
