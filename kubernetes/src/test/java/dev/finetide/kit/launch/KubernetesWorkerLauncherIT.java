package dev.finetide.kit.launch;

import static dev.finetide.kit.embedded.Patience.await;

import dev.finetide.kubernetes.ContractCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIf;

/// The contract of every launcher, on a real control plane with simulated nodes.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
class KubernetesWorkerLauncherIT extends WorkerLauncherContract {
    private ContractCluster cluster;

    @BeforeEach
    void aNamespace() throws Exception {
        cluster = new ContractCluster();
    }

    @AfterEach
    void leave() {
        cluster.close();
    }

    @Override
    WorkerLauncher launcher() {
        return cluster.launcher(exits::add);
    }

    @Override
    int starts(int attempt) {
        await().until(() -> cluster.pods(RUN, attempt) > 0);
        return cluster.pods(RUN, attempt);
    }

    @Override
    void end(int attempt, int exitCode) {
        cluster.end(RUN, attempt, exitCode);
    }

    @Override
    WorkerLauncher restarted() {
        return cluster.launcher(exits::add);
    }
}
