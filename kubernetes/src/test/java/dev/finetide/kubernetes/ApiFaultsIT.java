package dev.finetide.kubernetes;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.proto.work.v1.WorkReason;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The launcher against an API server that answers wrongly, late, or not at all. In the end each attempt has one Job,
/// and its exit is reported.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
class ApiFaultsIT {
    private static final String RUN = Attempts.RUN;
    private static final String CREATE_JOB = "^POST /apis/batch/v1/namespaces/[^/]+/jobs";
    private static final String CREATE_SPEC = "^POST /api/v1/namespaces/[^/]+/secrets";
    private static final String WATCH = "^GET .*[?&]watch=true";
    private static final String DELETE_JOB = "^DELETE /apis/batch/v1/";

    private ContractCluster cluster;
    private Attempts attempts;
    private FaultyProxy proxy;
    private Config throughProxy;

    @BeforeEach
    void aRoad() throws IOException {
        cluster = new ContractCluster();
        attempts = new Attempts(cluster);
        Config account = LauncherAccount.config(cluster.client, cluster.namespace, "training-service");
        proxy = new FaultyProxy(account);
        throughProxy = proxy.over(account);
    }

    @AfterEach
    void leave() throws IOException {
        cluster.close();
        proxy.close();
    }

    private KubernetesWorkerLauncher launcher() {
        return cluster.launcher(throughProxy, Map.of(), attempts.exits::add);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void aRefusalThatPassesIsSaidAndTriedAgain(int status) {
        KubernetesWorkerLauncher launcher = launcher();
        proxy.answer(CREATE_JOB, status, 2);
        attempts.launch(launcher, 1);
        assertThat(attempts.awaitBlocked(WorkReason.CLUSTER_UNREACHABLE)).contains("answers " + status);
        attempts.awaitOnePod(1);
        verifyOneJob();
    }

    @Test
    void aJobThatWasMadeWithoutAnAnswerIsFoundAndNotMadeAgain() {
        KubernetesWorkerLauncher launcher = launcher();
        proxy.loseAnswers(CREATE_JOB, 1);
        attempts.launch(launcher, 1);
        attempts.awaitOnePod(1);
        await().until(() -> launcher.status(RUN, 1)
                .filter(its -> its.kind() == WorkerStatus.Kind.RUNNING)
                .isPresent());
        verifyOneJob();
        assertThat(cluster.client
                        .secrets()
                        .inNamespace(cluster.namespace)
                        .withName(
                                cluster.job(RUN, 1).orElseThrow().getMetadata().getName())
                        .get())
                .isNotNull();
    }

    @Test
    void aSpecificationThatCouldNotBeStoredIsStoredLater() {
        KubernetesWorkerLauncher launcher = launcher();
        proxy.answer(CREATE_SPEC, 500, 2);
        attempts.launch(launcher, 1);
        await().until(() -> proxy.pending() == 0);
        await().until(() -> cluster.client
                        .secrets()
                        .inNamespace(cluster.namespace)
                        .withLabel("app.kubernetes.io/part-of", "finetide")
                        .list()
                        .getItems()
                        .size()
                == 1);
        verifyOneJob();
    }

    @Test
    void aJobOfTheSameNameThatIsStillLeavingIsWaitedFor() {
        attempts.launch(launcher(), 1);
        attempts.awaitOnePod(1);
        Job job = cluster.job(RUN, 1).orElseThrow();
        finalizers(job, "finetide.dev/held");
        cluster.client
                .batch()
                .v1()
                .jobs()
                .inNamespace(cluster.namespace)
                .withName(job.getMetadata().getName())
                .delete();
        // When a service that knows nothing of it launches the same attempt
        attempts.launch(launcher(), 1);
        assertThat(attempts.awaitBlocked(WorkReason.JOB_IN_THE_WAY)).contains("already exists");
        finalizers(job);
        await().until(() -> cluster.job(RUN, 1)
                .filter(its ->
                        !its.getMetadata().getUid().equals(job.getMetadata().getUid()))
                .isPresent());
    }

    private void finalizers(Job job, String... finalizers) {
        String list = Stream.of(finalizers).map(its -> '"' + its + '"').collect(Collectors.joining(","));
        TestCluster.patch(cluster.client.resource(job), "{\"metadata\":{\"finalizers\":[" + list + "]}}");
    }

    @Test
    void aWatchThatIsCutAgainAndAgainMissesNoExit() throws Exception {
        attempts.launch(launcher(), 1);
        attempts.awaitOnePod(1);
        for (int i = 0; i < 5; i++) {
            proxy.cut();
            TimeUnit.MILLISECONDS.sleep(300); // while the informer connects again
        }
        cluster.end(RUN, 1, 65);
        awaitExit(65);
    }

    /// Status 410 means that the last version which the watch has seen is too old to continue from.
    @ParameterizedTest
    @ValueSource(ints = {410, 429, 500})
    void aWatchThatIsRefusedMissesNoExit(int status) {
        attempts.launch(launcher(), 1);
        attempts.awaitOnePod(1);
        proxy.answer(WATCH, status, 6);
        proxy.cut();
        cluster.end(RUN, 1, 65);
        awaitExit(65);
    }

    @Test
    void aJobThatCouldNotBeDeletedIsDeletedLater() {
        KubernetesWorkerLauncher launcher = launcher();
        attempts.launch(launcher, 1);
        attempts.awaitOnePod(1);
        proxy.answer(DELETE_JOB, 503, 2);
        launcher.stop(RUN, 1);
        await().until(() -> cluster.job(RUN, 1).isEmpty() && cluster.pods(RUN, 1) == 0);
    }

    @Test
    void anApiServerThatHangsDelaysAndDoublesNothing() throws Exception {
        KubernetesWorkerLauncher launcher = cluster.launcher(attempts.exits::add);
        attempts.launch(launcher, 1);
        attempts.awaitOnePod(1);
        ProcessHandle server = cluster.cluster.program("kube-apiserver");
        TestCluster.signal(server, "STOP");
        try {
            launcher.launch(Attempts.spec("projects/default/trainingRuns/run-2", 1));
            await().until(() -> launcher.status("projects/default/trainingRuns/run-2", 1)
                    .filter(its -> its.reason().equals(WorkReason.CLUSTER_UNREACHABLE))
                    .isPresent());
            assertThat(attempts.exits).isEmpty();
            assertThat(launcher.status(RUN, 1))
                    .hasValueSatisfying(its -> assertThat(its.kind()).isEqualTo(WorkerStatus.Kind.RUNNING));
        } finally {
            TestCluster.signal(server, "CONT");
        }
        await().until(() -> cluster.pods("projects/default/trainingRuns/run-2", 1) == 1);
        cluster.end(RUN, 1, 65);
        awaitExit(65);
        assertThat(cluster.client
                        .batch()
                        .v1()
                        .jobs()
                        .inNamespace(cluster.namespace)
                        .list()
                        .getItems())
                .hasSize(2);
    }

    private void awaitExit(int code) {
        await().untilAsserted(() -> assertThat(attempts.exits)
                .singleElement()
                .satisfies(exit -> assertThat(exit.exitCode()).hasValue(code)));
    }

    private void verifyOneJob() {
        assertThat(cluster.client
                        .batch()
                        .v1()
                        .jobs()
                        .inNamespace(cluster.namespace)
                        .list()
                        .getItems())
                .hasSize(1);
        assertThat(attempts.exits).isEmpty();
    }
}
