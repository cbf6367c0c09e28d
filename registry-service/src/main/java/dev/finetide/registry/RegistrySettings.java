package dev.finetide.registry;

import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Optional;

/// Settings of the approval policy. Keys, units and defaults are in application.properties.
@ConfigMapping(prefix = "registry.policy")
interface RegistrySettings {
    Optional<String> metric();

    double minImprovement();

    List<String> rules();

    Optional<List<String>> behaviour();
}
