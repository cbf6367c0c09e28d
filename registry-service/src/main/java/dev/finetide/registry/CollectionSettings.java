package dev.finetide.registry;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// When files of bases are deleted that nothing needs. Described in application.properties.
@ConfigMapping(prefix = "registry.collection")
interface CollectionSettings {
    @WithDefault("1h")
    Duration every();

    @WithDefault("72h")
    Duration grace();
}
