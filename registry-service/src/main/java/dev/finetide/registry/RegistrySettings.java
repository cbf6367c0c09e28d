package dev.finetide.registry;

import dev.finetide.registry.ApprovalPolicy.Metric;
import io.smallrye.config.ConfigMapping;

/// Keys, units and defaults stand in application.properties.
@ConfigMapping(prefix = "registry.policy")
interface RegistrySettings {
    Metric metric();

    double minImprovement();
}
