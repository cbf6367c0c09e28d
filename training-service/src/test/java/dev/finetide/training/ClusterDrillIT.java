package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.Reception;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.time.Moment;
import dev.finetide.kubernetes.ContractCluster;
import dev.finetide.kubernetes.KubernetesWorkerLauncher;
import dev.finetide.kubernetes.TestCluster;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerHeartbeat;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// Tests runs on a real control plane while somebody evicts, suspends and deletes objects at random moments, stops the
/// API server and restarts the service. Every run succeeds, none of this costs it an attempt, no Job has two pods, and
/// nothing is left behind. Pods run nothing: this test sends the reports of their workers.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
class ClusterDrillIT {
    private static final int RUNS = 5;
    private static final Duration TROUBLE = Duration.ofSeconds(45);
    private static final Duration PATIENCE = Duration.ofMinutes(6);
    private static final long ROUND_MS = 200;

    private final Clock clock = Clock.systemUTC();
    private final RunStore store = new InMemoryRunStore();
    private final Map<String, Writer> writers = new HashMap<>();
    private final Map<String, Set<String>> podsOfJobs = new HashMap<>();
    private final Random random;
    private ContractCluster cluster;
    private KubernetesWorkerLauncher launcher;
    private TrainingRuns runs;

    ClusterDrillIT() {
        long seed = Optional.ofNullable(System.getProperty("drill.seed"))
                .map(Long::valueOf)
                .orElseGet(System::nanoTime);
        System.out.println("drill.seed=" + seed);
        random = new Random(seed);
    }

    /// Reports as the worker in a pod would.
    private static final class Writer {
        final String run;
        final int attempt;
        final long epoch;
        long sequence;

        Writer(String run, int attempt, long epoch) {
            this.run = run;
            this.attempt = attempt;
            this.epoch = epoch;
        }

        WorkerEvent.Builder next() {
            return WorkerEvent.newBuilder()
                    .setResource(run)
                    .setAttempt(attempt)
                    .setEpoch(epoch)
                    .setSequence(++sequence);
        }
    }

    private final InMemoryBlobStore blobs = new InMemoryBlobStore();
    private final Moment opened = Moment.now();

    @BeforeEach
    void aService() throws Exception {
        cluster = new ContractCluster();
        start();
    }

    @AfterEach
    void leave() {
        cluster.close();
    }

    /// Starts the service as after a restart: the store is all that is known.
    private void start() {
        launcher = cluster.launcher(exit -> {});
        runs = new TrainingRuns(
                store,
                new RecordingPublisher(),
                new FakeCatalog(),
                new Workers(launcher, Moment::now),
                new WorkerWatch(
                        new WorkerWatch.Limits(Duration.ofMinutes(2), Duration.ofSeconds(30), Duration.ofMinutes(30)),
                        () -> Optional.of(new Reception(opened, Moment.now())),
                        Moment::now),
                new WorkerSite("127.0.0.1:9102", "127.0.0.1:9092", "file:///blobs", "", AttemptTokens.ofRandomKey()),
                new CheckpointRetention(store, blobs, Runnable::run, clock),
                blobs,
                TestLimits.none(),
                RUNS,
                clock);
        runs.takeOver();
    }

    @Test
    void everyRunSucceedsWhateverIsDoneToItsPods() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            names.add(runs.create(Stage.request(Stage.config().build()).build()).getName());
        }
        Instant quiet = clock.instant().plus(TROUBLE);
        while (clock.instant().isBefore(quiet)) {
            round(false);
            if (random.nextInt(3) == 0) {
                disturb();
            }
        }
        Instant end = clock.instant().plus(PATIENCE);
        while (!names.stream().allMatch(name -> runs.get(name).getState() == State.SUCCEEDED)) {
            assertThat(clock.instant())
                    .as(() -> "runs that hang: " + open(names))
                    .isBefore(end);
            round(true);
        }
        for (String name : names) {
            System.out.println(name + " took " + runs.get(name).getAttempt() + " attempts");
            assertThat(store.find(name).orElseThrow().attempt().losses())
                    .as(() -> "attempts that counted: " + runs.get(name).getHistoryList())
                    .isZero();
        }
        assertThat(podsOfJobs).allSatisfy((job, pods) -> assertThat(pods).hasSize(1));
        while (!goesOn().isEmpty()) {
            assertThat(clock.instant()).as(() -> "left behind: " + goesOn()).isBefore(end);
            round(true);
        }
    }

    /// Lets a fifth of a second pass, in which the service ticks and pods work.
    private void round(boolean finish) throws InterruptedException {
        runs.tick();
        for (Pod pod : list()) {
            podsOfJobs
                    .computeIfAbsent(
                            pod.getMetadata().getLabels().get("batch.kubernetes.io/job-name") + " of "
                                    + pod.getMetadata()
                                            .getOwnerReferences()
                                            .getFirst()
                                            .getUid(),
                            job -> new HashSet<>())
                    .add(pod.getMetadata().getUid());
            if ("Running".equals(pod.getStatus().getPhase())
                    && pod.getMetadata().getDeletionTimestamp() == null) {
                work(pod, finish);
            }
        }
        // A worker that was killed may still have sent a report.
        writers.values()
                .forEach(writer -> runs.on(writer.next()
                        .setHeartbeat(WorkerHeartbeat.getDefaultInstance())
                        .build()));
        TimeUnit.MILLISECONDS.sleep(ROUND_MS);
    }

    private void work(Pod pod, boolean finish) {
        String uid = pod.getMetadata().getUid();
        if (!writers.containsKey(uid)) {
            claim(pod).ifPresentOrElse(writer -> writers.put(uid, writer), () -> fate(pod, "fail"));
        } else if (finish) {
            Writer writer = writers.get(uid);
            runs.on(writer.next()
                    .setTrainingFinished(Stage.anOutput(blobs, writer.run, writer.epoch))
                    .build());
            fate(pod, "succeed");
        }
    }

    private Optional<Writer> claim(Pod pod) {
        Map<String, String> its = pod.getMetadata().getAnnotations();
        String run = its.get("finetide.dev/resource");
        try {
            return Optional.of(new Writer(
                    run,
                    Integer.parseInt(its.get("finetide.dev/attempt")),
                    runs.claim(ClaimAttemptRequest.newBuilder()
                                    .setResource(run)
                                    .setAttempt(Integer.parseInt(its.get("finetide.dev/attempt")))
                                    .build())
                            .getEpoch()));
        } catch (ApiException stale) {
            return Optional.empty();
        }
    }

    private void disturb() throws Exception {
        switch (random.nextInt(8)) {
            case 0 ->
                aPod().ifPresent(pod -> try_(() -> admin().pods()
                        .inNamespace(cluster.namespace())
                        .withName(pod.getMetadata().getName())
                        .evict()));
            case 1 -> aPod().ifPresent(pod -> admin().resource(pod).delete());
            case 2 ->
                aPod().ifPresent(pod -> admin().resource(pod).withGracePeriod(0).delete());
            case 3 -> aPod().ifPresent(pod -> fate(pod, "evict"));
            case 4 -> aJob().ifPresent(job -> admin().resource(job).delete());
            case 5 -> aJob().ifPresent(this::suspend);
            case 6 -> {
                launcher.close();
                start();
            }
            default -> hangTheApiServer();
        }
    }

    private static void try_(Runnable action) {
        try {
            action.run();
        } catch (KubernetesClientException gone) {
            // Somebody else was quicker.
        }
    }

    private void hangTheApiServer() throws Exception {
        ProcessHandle server = TestCluster.shared().program("kube-apiserver");
        TestCluster.signal(server, "STOP");
        try {
            for (int i = 0; i < 5; i++) {
                runs.tick();
                TimeUnit.MILLISECONDS.sleep(ROUND_MS);
            }
        } finally {
            TestCluster.signal(server, "CONT");
        }
    }

    private void suspend(Job job) {
        try_(() -> admin().resource(job).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"suspend\":true}}"));
    }

    private void fate(Pod pod, String fate) {
        String annotations = "{\"sim.finetide/run-seconds\":\"0\",\"sim.finetide/fate\":\"" + fate + "\"}";
        try_(() -> admin().resource(pod)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":" + annotations + "}}"));
    }

    private KubernetesClient admin() {
        return cluster.admin();
    }

    private List<Pod> list() {
        return admin().pods().inNamespace(cluster.namespace()).list().getItems();
    }

    private Optional<Pod> aPod() {
        return any(list().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .toList());
    }

    private Optional<Job> aJob() {
        return any(goesOn());
    }

    private <T> Optional<T> any(List<T> all) {
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }

    /// Returns the Jobs that have not ended.
    private List<Job> goesOn() {
        return admin().batch().v1().jobs().inNamespace(cluster.namespace()).list().getItems().stream()
                .filter(job -> job.getStatus().getConditions().stream()
                        .noneMatch(its -> Set.of("Complete", "Failed").contains(its.getType())))
                .toList();
    }

    private List<TrainingRun> open(List<String> names) {
        return names.stream()
                .map(runs::get)
                .filter(run -> run.getState() != State.SUCCEEDED)
                .toList();
    }
}
