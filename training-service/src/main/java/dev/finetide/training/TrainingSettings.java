package dev.finetide.training;

import dev.finetide.kit.work.SupervisionSettings;
import io.smallrye.config.ConfigMapping;

/// The settings of training-service. Keys, units and defaults stand in application.properties.
@ConfigMapping(prefix = "training")
interface TrainingSettings extends SupervisionSettings {
    int maxConcurrentRuns();
}
