package dev.finetide.eval;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.nio.file.Path;
import java.util.Map;

/// What eval-service needs beside broker and database: a worker's program.
public final class EvaluationParts implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
        return Map.of(
                "evaluation.tick-every",
                "200ms",
                "finetide.worker.command",
                String.join(
                        "\n",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StandInWorker.class.getName()));
    }

    @Override
    public void stop() {}
}
