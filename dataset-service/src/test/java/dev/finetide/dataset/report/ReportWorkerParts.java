package dev.finetide.dataset.report;

import dev.finetide.kit.launch.StandInAttempt;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/// Gives dataset-service what it needs besides broker and database: a worker's program.
public final class ReportWorkerParts implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
        return Map.of(
                "dataset.reports.tick-every",
                "200ms",
                "dataset.reports.at-once",
                "3",
                "finetide.worker.command",
                StandInAttempt.command(ReportWorker.class));
    }

    @Override
    public void stop() {}
}
