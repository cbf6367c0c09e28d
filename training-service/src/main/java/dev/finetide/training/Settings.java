package dev.finetide.training;

import io.smallrye.config.ConfigMapping;
import java.time.Duration;

/// Keys, units and defaults stand in application.properties.
@ConfigMapping(prefix = "training")
interface Settings {
    int maxConcurrentRuns();

    Duration startWithin();

    Duration lostAfter();

    Duration tickEvery();

    Duration stopGrace();
}
