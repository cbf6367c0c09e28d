package dev.finetide.e2e.scale;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.kubernetes.TestCluster;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.training.v1.CancelTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// The workers of simulated pods: for each pod that runs, a worker claims its attempt, reports as a real one does and
/// ends the pod, or fails. The seed, the run's own seed and the attempt's number decide the attempt's [Fate].
public final class SimulatedWorkers implements AutoCloseable {
    /// Answers to the claim of an attempt that is no longer its run's newest.
    private static final Set<Status.Code> GONE =
            Set.of(Status.Code.NOT_FOUND, Status.Code.FAILED_PRECONDITION, Status.Code.ABORTED);

    private final KubernetesClient cluster;
    private final String namespace;
    private final Channel training;
    private final long seed;
    private final KafkaProducer<String, byte[]> producer;
    private final SharedIndexInformer<Pod> pods;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<String> begun = ConcurrentHashMap.newKeySet();
    private final Map<String, Queue<Long>> epochs = new ConcurrentHashMap<>();
    private final Map<String, Queue<SimulatedWorker>> evicted = new ConcurrentHashMap<>();
    private final Map<String, State> ends = new ConcurrentHashMap<>();
    private final Map<Fate, AtomicInteger> fates = new ConcurrentHashMap<>();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lateWriters = new AtomicInteger();

    private SimulatedWorkers(
            KubernetesClient cluster, String namespace, Channel training, Map<String, Object> kafka, long seed) {
        this.cluster = cluster;
        this.namespace = namespace;
        this.training = training;
        this.seed = seed;
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put("linger.ms", "0");
        this.producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        this.pods = cluster.pods()
                .inNamespace(namespace)
                .withLabel("app.kubernetes.io/managed-by", "training-service")
                .runnableInformer(0);
    }

    /// @param cluster  may do everything; stays the caller's, as `training` does
    /// @param training training-service's gRPC
    public static SimulatedWorkers start(
            KubernetesClient cluster, String namespace, Channel training, Map<String, Object> kafka, long seed) {
        SimulatedWorkers workers = new SimulatedWorkers(cluster, namespace, training, kafka, seed);
        workers.pods.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Pod pod) {
                workers.seen(pod);
            }

            @Override
            public void onUpdate(Pod before, Pod pod) {
                workers.seen(pod);
            }

            @Override
            public void onDelete(Pod pod, boolean unseen) {}
        });
        workers.pods.start();
        return workers;
    }

    private void seen(Pod pod) {
        if (pod.getStatus() != null
                && "Running".equals(pod.getStatus().getPhase())
                && pod.getMetadata().getDeletionTimestamp() == null
                && begun.add(pod.getMetadata().getUid())) {
            threads.execute(() -> work(pod));
        }
    }

    private void work(Pod pod) {
        try {
            WorkerSpec spec = spec(pod);
            long own = spec.getTrain().getConfig().getSeed();
            Random random = new Random(seed + 1_000_003 * own + spec.getAttempt());
            Fate fate = Fate.of(random);
            fates.computeIfAbsent(fate, its -> new AtomicInteger()).incrementAndGet();
            if (fate == Fate.MISSES_INPUT) {
                ends.put(spec.getResource(), State.FAILED);
                end(pod, "fail", 66);
            } else {
                work(pod, spec, fate, 300 + random.nextInt(700));
            }
        } catch (StatusRuntimeException refused) {
            // Cancelled or deleted between the pod's start and the claim; any other refusal is a fault.
            if (!GONE.contains(refused.getStatus().getCode())) {
                problems.add(pod.getMetadata().getName() + ": " + refused.getMessage());
            }
            end(pod, "fail", 1);
        } catch (RuntimeException | InterruptedException | InvalidProtocolBufferException e) {
            problems.add(pod.getMetadata().getName() + ": " + e);
        }
    }

    private void work(Pod pod, WorkerSpec spec, Fate fate, long stepMillis) throws InterruptedException {
        ClaimAttemptResponse claim = claim(spec);
        SimulatedWorker worker = new SimulatedWorker(spec, claim.getEpoch(), producer);
        epochs.computeIfAbsent(spec.getResource(), its -> new ConcurrentLinkedQueue<>())
                .add(claim.getEpoch());
        wake(spec.getResource());
        worker.started(claim.getResumeFrom().getStep());
        for (int step = claim.getResumeFrom().getStep() + 1; step < SimulatedWorker.STEPS; step++) {
            TimeUnit.MILLISECONDS.sleep(stepMillis);
            worker.step(step);
            worker.checkpoint(step);
        }
        worker.flush();
        switch (fate) {
            case FINISHES -> {
                worker.step(SimulatedWorker.STEPS);
                worker.finished(SimulatedWorker.STEPS);
                worker.flush();
                ends.put(spec.getResource(), State.SUCCEEDED);
                end(pod, "succeed", 0);
            }
            case FAILS -> {
                worker.failed(false);
                worker.flush();
                ends.put(spec.getResource(), State.FAILED);
                end(pod, "fail", 65);
            }
            case ASKS_FOR_ANOTHER -> {
                worker.failed(true);
                worker.flush();
                end(pod, "fail", 75);
            }
            case DIES -> end(pod, "fail", 137);
            case EVICTED -> {
                evicted.computeIfAbsent(spec.getResource(), its -> new ConcurrentLinkedQueue<>())
                        .add(worker);
                one(pod).evict();
            }
            case JOB_DELETED ->
                cluster.batch()
                        .v1()
                        .jobs()
                        .inNamespace(namespace)
                        .withName(job(pod))
                        .delete();
            case CANCELLED -> {
                TrainingRunServiceGrpc.newBlockingStub(training)
                        .cancelTrainingRun(CancelTrainingRunRequest.newBuilder()
                                .setName(spec.getResource())
                                .build());
                ends.put(spec.getResource(), State.CANCELLED);
            }
            case MISSES_INPUT -> throw new IllegalStateException("claims nothing");
        }
    }

    /// Lets the previous worker, whose pod was evicted, report on as if nothing had happened.
    private void wake(String run) {
        SimulatedWorker late =
                evicted.getOrDefault(run, new ConcurrentLinkedQueue<>()).poll();
        if (late == null) {
            return;
        }
        lateWriters.incrementAndGet();
        late.step(SimulatedWorker.LATE);
        late.finished(SimulatedWorker.LATE);
        late.flush();
        try {
            ClaimAttemptResponse claim = claim(late.spec());
            problems.add(run + ": attempt " + late.spec().getAttempt() + " got epoch " + claim.getEpoch()
                    + " beside its successor");
        } catch (StatusRuntimeException refused) {
            if (!refused.getMessage().contains("attempt")) {
                problems.add(run + ": " + refused.getMessage());
            }
        }
    }

    private ClaimAttemptResponse claim(WorkerSpec spec) {
        return AttemptServiceGrpc.newBlockingStub(training)
                .withCallCredentials(BearerToken.of(spec.getAttemptToken()))
                .withDeadlineAfter(3, TimeUnit.MINUTES)
                .claimAttempt(ClaimAttemptRequest.newBuilder()
                        .setResource(spec.getResource())
                        .setAttempt(spec.getAttempt())
                        .build());
    }

    private WorkerSpec spec(Pod pod) throws InvalidProtocolBufferException {
        Resource<Secret> volume = cluster.secrets().inNamespace(namespace).withName(job(pod));
        Secret now = volume.get();
        Secret mounted = now != null ? now : volume.waitUntilCondition(its -> its != null, 3, TimeUnit.MINUTES);
        WorkerSpec.Builder spec = WorkerSpec.newBuilder();
        JsonFormat.parser()
                .merge(
                        new String(
                                Base64.getDecoder().decode(mounted.getData().get("spec.json")), StandardCharsets.UTF_8),
                        spec);
        return spec.build();
    }

    private void end(Pod pod, String fate, int exitCode) {
        TestCluster.patch(one(pod), """
                        {"metadata":{"annotations":{"sim.finetide/fate":"%s","sim.finetide/exit-code":"%d","sim.finetide/run-seconds":"0"}}}""".formatted(fate, exitCode));
    }

    private PodResource one(Pod pod) {
        return cluster.pods().inNamespace(namespace).withName(pod.getMetadata().getName());
    }

    private static String job(Pod pod) {
        return pod.getMetadata().getLabels().get("batch.kubernetes.io/job-name");
    }

    /// Returns the epochs that the workers of a run were given, in that order.
    public List<Long> epochs(String run) {
        return List.copyOf(epochs.getOrDefault(run, new ConcurrentLinkedQueue<>()));
    }

    /// Returns the states in which runs must end, as their workers or users decided.
    public Map<String, State> ends() {
        return Map.copyOf(ends);
    }

    /// Returns descriptions of events that must not happen.
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /// Returns the number of evicted workers that wrote at the same time as their successors.
    public int lateWriters() {
        return lateWriters.get();
    }

    /// Returns whether a worker reported this step after its successor had begun.
    public static boolean isLate(int step) {
        return step == SimulatedWorker.LATE;
    }

    @Override
    public String toString() {
        return begun.size() + " pods " + fates + ", " + lateWriters + " late writers";
    }

    @Override
    public void close() {
        pods.stop();
        threads.shutdownNow();
        producer.close();
    }
}
