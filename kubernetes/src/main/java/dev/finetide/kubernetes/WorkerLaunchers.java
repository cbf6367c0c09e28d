package dev.finetide.kubernetes;

import dev.finetide.kit.launch.ChildProcessLauncher;
import dev.finetide.kit.launch.WorkerLauncher;
import dev.finetide.kit.launch.WorkerSettings;
import java.time.Duration;

/// Opens the launcher that a service's settings ask for.
public final class WorkerLaunchers {
    private WorkerLaunchers() {}

    /// @param service   the service's name, which its Jobs carry
    /// @param stopGrace time that a worker gets between SIGTERM and SIGKILL
    public static WorkerLauncher open(
            WorkerSettings workers, ClusterSettings cluster, String service, Duration stopGrace) {
        return switch (workers.launcher()) {
            case PROCESS -> ChildProcessLauncher.of(workers, stopGrace);
            case KUBERNETES -> KubernetesWorkerLauncher.start(cluster, service, stopGrace);
        };
    }
}
