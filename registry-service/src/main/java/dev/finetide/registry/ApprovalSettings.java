package dev.finetide.registry;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/// Settings of [ReviewRules]. Keys and defaults are in application.properties.
@ConfigMapping(prefix = "registry.approval")
interface ApprovalSettings {
    @WithDefault("false")
    boolean own();

    @WithDefault("1")
    int reviewers();
}
