package dev.finetide.registry;

import dev.finetide.registry.ApprovalPolicy.Metric;
import io.smallrye.config.ConfigMapping;

/// Settings of the approval policy. Keys, units and defaults are in application.properties.
@ConfigMapping(prefix = "registry.policy")
interface RegistrySettings {
    Metric metric();

    double minImprovement();
}
