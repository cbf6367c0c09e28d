package dev.finetide.dataset.lineage;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// When blobs are deleted that nothing needs. Described in application.properties.
@ConfigMapping(prefix = "dataset.collection")
interface CollectionSettings {
    @WithDefault("1h")
    Duration every();

    @WithDefault("24h")
    Duration grace();
}
