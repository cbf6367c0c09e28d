package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.e2e.scale.ApiRequests;
import dev.finetide.e2e.scale.SimulatedWorkers;
import dev.finetide.kit.metric.MetricsProbe;
import dev.finetide.kubernetes.LauncherAccount;
import dev.finetide.kubernetes.TestCluster;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsRequest;
import dev.finetide.proto.training.v1.ListTrainingRunsResponse;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.training.v1.TrainingRunUpdate;
import dev.finetide.proto.work.v1.State;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.grpc.ManagedChannel;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// Many runs at once on a real control plane with simulated GPUs all end, each with one writer, and
/// leave nothing over, although some fail, are evicted, deleted or cancelled at random. The test prints
/// what it measured; its size is a system property, see `benchmarks/README.md`.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScaleIT {
    private static final int RUNS = Integer.getInteger("scale.runs", 40);
    private static final int GPUS = Integer.getInteger("scale.gpus", 8);

    /// Runs to submit in a second; 0 submits as fast as the service answers.
    private static final int RATE = Integer.getInteger("scale.rate", 0);

    private static final long SEED = Long.getLong("scale.seed", System.nanoTime() & 0xffff);
    private static final Duration PATIENCE = Duration.ofSeconds(600 + RUNS);
    private static final int GPUS_OF_A_NODE = 8;
    private static final String ACCOUNT = "training-service";

    private TestCluster cluster;
    private KubernetesClient admin;
    private ApiRequests requests;
    private RunningStack stack;
    private ManagedChannel training;
    private SimulatedWorkers workers;
    private JobTimes jobs;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        System.out.printf("scale: %d runs, %d GPUs, rate %d, seed %d%n", RUNS, GPUS, RATE, SEED);
        int nodes = Math.ceilDiv(GPUS, GPUS_OF_A_NODE);
        cluster = TestCluster.start("--nodes", Integer.toString(nodes), "--fate", "run");
        admin = cluster.client();
        LauncherAccount.create(admin, ClusterStack.NAMESPACE);
        ClusterStack.apply(admin, Finetide.HOME.resolve("k8s/components/kueue/queues.yaml"));
        admin.genericKubernetesResources("kueue.x-k8s.io/v1beta2", "ClusterQueue")
                .withName("finetide")
                .patch(PatchContext.of(PatchType.JSON), """
                        [{"op":"replace","path":"/spec/resourceGroups/0/flavors/0/resources/2/nominalQuota","value":"%d"}]""".formatted(GPUS));
        requests = ApiRequests.of(admin, ClusterStack.NAMESPACE, ACCOUNT);
        Map<String, String> environment = new HashMap<>(ClusterStack.launching(admin, directory));
        // Kueue counts the GPUs, not this service.
        environment.put("TRAINING_MAX_CONCURRENT_RUNS", Integer.toString(RUNS));
        stack = RunningStack.start(directory, environment);
        training = stack.channel(ACCOUNT);
        Path rows = directory.resolve("train.jsonl");
        try (Stream<String> all = Files.lines(Finetide.HOME.resolve("demo/support-desk/train.jsonl"))) {
            Files.write(rows, all.limit(20).toList());
        }
        stack.finetide().ok("dataset", "push", "tickets", rows.toString());
        stack.finetide()
                .ok("base", "add", "small", Finetide.HOME.resolve("demo/base").toString());
        // What runs lead to is not measured: an evaluation would be a second Job of each.
        stack.signal("eval-service", "STOP");
        jobs = JobTimes.watch(admin, ClusterStack.NAMESPACE);
        workers = SimulatedWorkers.start(admin, ClusterStack.NAMESPACE, training, stack.kafka(), SEED);
    }

    @AfterAll
    void stop() throws Exception {
        try {
            workers.close();
            jobs.close();
            training.shutdownNow();
            stack.signal("eval-service", "CONT");
            stack.close();
        } finally {
            admin.close();
            cluster.close();
        }
    }

    @Test
    void everyRunEndsOnceAndNothingIsLeft() throws Exception {
        // Given
        ApiRequests.Count before = requests.count();
        // When
        Instant begin = Instant.now();
        Set<String> cancelled = new HashSet<>();
        List<String> names = submit(cancelled);
        Duration submitted = Duration.between(begin, Instant.now());
        try {
            awaitEnds(names.size());
        } catch (ConditionTimeoutException late) {
            throw new AssertionError("not ended: " + notEnded(), late);
        }
        Duration wall = Duration.between(begin, Instant.now());
        ApiRequests.Count made = requests.count().minus(before);
        print(submitted, wall, made);
        // Then
        List<TrainingRun> runs = runs();
        assertThat(runs.stream().map(TrainingRun::getName)).containsExactlyInAnyOrderElementsOf(names);
        System.out.println("scale: ended "
                + runs.stream().collect(Collectors.groupingBy(TrainingRun::getState, Collectors.counting())));
        assertThat(runs).extracting(TrainingRun::getState).contains(State.SUCCEEDED);
        runs.forEach(run -> verifyEnd(run, cancelled));
        runs.forEach(run -> verifyOneWriter(run.getName()));
        assertThat(workers.problems()).isEmpty();
        Leftovers.verifyNone(
                admin, runs.stream().collect(Collectors.toMap(TrainingRun::getName, TrainingRun::getAttempt)));
        assertThat(jobs.twice()).as("attempts with two Jobs").isEmpty();
    }

    /// Submits the runs one after the other, as fast as they are answered or at the given rate, and cancels every
    /// 25th at once.
    private List<String> submit(Set<String> cancelled) throws InterruptedException {
        var service = TrainingRunServiceGrpc.newBlockingStub(training);
        Random random = new Random(SEED);
        List<String> names = new ArrayList<>();
        Instant begin = Instant.now();
        for (int i = 0; i < RUNS; i++) {
            if (RATE > 0) {
                Thread.sleep(Math.max(
                        0,
                        Duration.between(Instant.now(), begin.plusMillis(1_000L * i / RATE))
                                .toMillis()));
            }
            String name = service.createTrainingRun(CreateTrainingRunRequest.newBuilder()
                            .setParent("projects/default")
                            .setConfig(TrainingConfig.newBuilder()
                                    .setDatasetVersion("projects/default/datasets/tickets/versions/1")
                                    .setBase("projects/default/bases/small")
                                    .setMethod(Method.LORA)
                                    .setMaxSteps(3)
                                    .setSeed(i))
                            .build())
                    .getName();
            jobs.answered(name);
            names.add(name);
            if (random.nextInt(25) == 0) {
                service.cancelTrainingRun(
                        CancelTrainingRunRequest.newBuilder().setName(name).build());
                cancelled.add(name);
            }
        }
        return names;
    }

    private void awaitEnds(int all) throws Exception {
        MetricsProbe metrics = new MetricsProbe(
                URI.create("http://" + stack.http(ACCOUNT) + "/q/metrics").toURL());
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(RUNS < 100 ? 1 : 5))
                .until(() -> {
                    assertThat(workers.problems()).isEmpty();
                    double ended = Stream.of("SUCCEEDED", "FAILED", "CANCELLED")
                            .mapToDouble(state -> metrics.value("finetide_runs", "state=\"" + state + "\"")
                                    .orElse(0.0))
                            .sum();
                    if (RUNS >= 100) {
                        System.out.printf("scale: %.0f of %d ended, %s%n", ended, all, workers);
                    }
                    return ended == all;
                });
    }

    private List<String> notEnded() {
        return runs().stream()
                .filter(run -> !isEnd(run.getState()))
                .map(run -> "%s %s, attempt %d".formatted(run.getName(), run.getState(), run.getAttempt()))
                .toList();
    }

    private List<TrainingRun> runs() {
        List<TrainingRun> runs = new ArrayList<>();
        String page = "";
        do {
            ListTrainingRunsResponse answer = TrainingRunServiceGrpc.newBlockingStub(training)
                    .listTrainingRuns(ListTrainingRunsRequest.newBuilder()
                            .setParent("projects/default")
                            .setPageSize(500)
                            .setPageToken(page)
                            .build());
            runs.addAll(answer.getTrainingRunsList());
            page = answer.getNextPageToken();
        } while (!page.isEmpty());
        return runs;
    }

    /// Verifies that each run ended as its user or its last worker decided, whichever came last.
    private void verifyEnd(TrainingRun run, Set<String> cancelled) {
        State expected = cancelled.contains(run.getName())
                ? State.CANCELLED
                : workers.ends().getOrDefault(run.getName(), State.FAILED);
        assertThat(run.getState())
                .as("%s after %d attempts: %s", run.getName(), run.getAttempt(), run.getError())
                .isEqualTo(expected);
        assertThat(SimulatedWorkers.isLate(run.getOutput().getSteps())).isFalse();
    }

    /// Verifies that epochs rise and that every report in a run's history is of the newest epoch of its
    /// time. A step's loss is the epoch of its writer.
    private void verifyOneWriter(String run) {
        List<Long> epochs = workers.epochs(run);
        assertThat(epochs).as("%s", run).isSorted().doesNotHaveDuplicates();
        List<TrainingRunUpdate> updates = TrainingUpdates.of(training, run).all();
        assertThat(updates.stream().map(TrainingRunUpdate::getSequence))
                .as("%s", run)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, updates.size())
                        .mapToObj(Long::valueOf)
                        .toList());
        assertThat(updates.stream().filter(TrainingRunUpdate::hasProgress).map(update ->
                        (long) update.getProgress().getLoss()))
                .as("%s", run)
                .isSorted()
                .allMatch(epochs::contains);
        assertThat(updates.stream().filter(TrainingRunUpdate::hasProgress))
                .noneMatch(
                        update -> SimulatedWorkers.isLate(update.getProgress().getStep()));
        assertThat(updates.stream()
                        .filter(TrainingRunUpdate::hasTrainingRun)
                        .map(update -> update.getTrainingRun().getState())
                        .filter(ScaleIT::isEnd))
                .as("%s", run)
                .hasSize(1);
    }

    private static boolean isEnd(State state) {
        return Set.of(State.SUCCEEDED, State.FAILED, State.CANCELLED).contains(state);
    }

    private void print(Duration submitted, Duration wall, ApiRequests.Count made) throws Exception {
        System.out.printf(
                "scale: %d runs submitted in %.1f s, all ended after %.1f s, %.1f runs/s; %s%n",
                RUNS, submitted.toMillis() / 1e3, wall.toMillis() / 1e3, RUNS * 1e3 / wall.toMillis(), workers);
        System.out.printf(
                "scale: answer to Job p50 %d ms, p99 %d ms, most %d ms; %d Jobs%n",
                jobs.percentile(50), jobs.percentile(99), jobs.percentile(100), jobs.count());
        System.out.printf(
                "scale: API requests %d changes, %d reads; %.2f a run, %.2f a Job%n",
                made.changes(),
                made.reads(),
                (made.changes() + made.reads()) / (double) RUNS,
                (made.changes() + made.reads()) / (double) jobs.count());
        try (Stream<String> status = Files.lines(Path.of("/proc", Long.toString(stack.pid(ACCOUNT)), "status"))) {
            status.filter(line -> line.startsWith("VmHWM") || line.startsWith("VmRSS"))
                    .forEach(line -> System.out.println("scale: training-service " + line));
        }
    }
}
