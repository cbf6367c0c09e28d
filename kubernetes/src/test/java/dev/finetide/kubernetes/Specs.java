package dev.finetide.kubernetes;

import com.google.protobuf.util.JsonFormat;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/// Builds settings and specifications for tests.
final class Specs {
    private Specs() {}

    /// Builds settings from keys without their prefix `finetide.kubernetes.`.
    static ClusterSettings settings(Map<String, String> values) {
        Map<String, String> keys = new HashMap<>();
        values.forEach((key, value) -> keys.put("finetide.kubernetes." + key, value));
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(ClusterSettings.class)
                .withSources(new PropertiesConfigSource(keys, "test", 100))
                .withValidateUnknown(true)
                .build()
                .getConfigMapping(ClusterSettings.class);
    }

    static ClusterSettings settings(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        Map<String, String> values = new HashMap<>();
        properties.forEach((key, value) -> values.put(key.toString(), value.toString()));
        return settings(values);
    }

    static WorkerSpec spec(Path file) throws IOException {
        WorkerSpec.Builder spec = WorkerSpec.newBuilder();
        JsonFormat.parser().merge(Files.readString(file), spec);
        return spec.build();
    }
}
