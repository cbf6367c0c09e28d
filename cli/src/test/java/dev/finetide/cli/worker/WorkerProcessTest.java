package dev.finetide.cli.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkerProcessTest {
    @Test
    void theUsersMetricsStandOnTheWorkersClassPath() {
        assertThat(WorkerProcess.usersMetrics(Map.of("FINETIDE_METRICS_JARS", "/a/mine.jar:/b/other.jar")))
                .isEqualTo(":/a/mine.jar:/b/other.jar");
        assertThat(WorkerProcess.usersMetrics(Map.of())).isEmpty();
    }
}
