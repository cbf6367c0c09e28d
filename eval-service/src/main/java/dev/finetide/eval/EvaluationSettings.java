package dev.finetide.eval;

import dev.finetide.kit.work.SupervisionSettings;
import io.smallrye.config.ConfigMapping;
import java.util.Optional;
import java.util.Set;

/// The settings of eval-service. Keys, units and defaults stand in application.properties.
@ConfigMapping(prefix = "evaluation")
interface EvaluationSettings extends SupervisionSettings {
    int maxConcurrentEvaluations();

    Optional<Set<String>> endpointHosts();
}
