package dev.finetide.eval;

import dev.finetide.kit.launch.StandInAttempt;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/// Gives eval-service what it needs besides broker and database: a worker's program.
public final class EvaluationParts implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
        return Map.of(
                "evaluation.tick-every",
                "200ms",
                "finetide.worker.command",
                StandInAttempt.command(StandInWorker.class));
    }

    @Override
    public void stop() {}
}
