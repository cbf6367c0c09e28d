package dev.finetide.eval;

import io.smallrye.config.ConfigMapping;
import java.time.Duration;

/// Keys, units and defaults stand in application.properties.
@ConfigMapping(prefix = "evaluation")
interface Settings {
    int maxConcurrentEvaluations();

    Duration startWithin();

    Duration lostAfter();

    Duration tickEvery();

    Duration stopGrace();
}
