package dev.finetide.training;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/// When blobs of runs are deleted that nothing needs. Described in application.properties.
@ConfigMapping(prefix = "training.collection")
interface CollectionSettings {
    @WithDefault("1h")
    Duration every();

    @WithDefault("6h")
    Duration grace();
}
