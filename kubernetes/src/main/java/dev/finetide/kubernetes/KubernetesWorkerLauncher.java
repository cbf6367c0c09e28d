package dev.finetide.kubernetes;

import dev.finetide.kit.launch.WorkerLauncher;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/// Workers as Jobs, one an attempt, under a name that run and attempt decide: whoever creates it again finds it there.
/// All it knows it reads from informers ([ClusterView], [JobReading]); what it does to the cluster is tried again as
/// long as the run still wants it ([RetryingCalls]).
///
/// It has no leader election of its own: only the replica that holds the service's advisory lock launches, stops and
/// judges, because the lock lives in the database in which its decisions are written.
/// Calls that wait when it loses the lock are made all the same: a Job is created once by its name, its worker is
/// refused if the run has gone on, and the next holder deletes what no run needs ([#retain]).
public final class KubernetesWorkerLauncher implements WorkerLauncher {
    private static final Logger LOG = Logger.getLogger(KubernetesWorkerLauncher.class);
    private static final int ALREADY_THERE = 409;

    /// Until an informer has surely seen what was created.
    private static final Duration FRESH = Duration.ofSeconds(30);

    /// A worker that has reported its end exits by itself: deleted before, its Job would take the pod's log along.
    private static final Duration LEAVE_WITHIN = Duration.ofSeconds(30);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

    /// Places are for people to see, and all of them change with whoever is admitted.
    private static final Duration PLACES_HOLD = Duration.ofSeconds(1);

    private record Places(Instant time, Map<String, Integer> jobs) {}

    private final KubernetesClient client;
    private final ClusterSettings settings;
    private final WorkerJob objects;
    private final Clock clock;
    private final ClusterView view;
    private final Map<String, Launch> launches = new ConcurrentHashMap<>();

    /// Jobs that no resource needs, by name, and since when [#retain] sees them.
    private final Map<String, Instant> unneeded = new ConcurrentHashMap<>();

    private final RetryingCalls calls = new RetryingCalls(launch -> launches.get(launch.name) == launch, this::refused);
    private volatile Consumer<WorkerExit> listener = exit -> {};
    private volatile Places places = new Places(Instant.EPOCH, Map.of());

    /// Uses the cluster that the environment names: a pod's own, or that of `KUBECONFIG`. Does not wait for it.
    ///
    /// @param owner the service that launches, as its Jobs' `app.kubernetes.io/managed-by` says
    /// @param grace between SIGTERM and SIGKILL: at least the time of a checkpoint
    public static KubernetesWorkerLauncher start(ClusterSettings settings, String owner, Duration grace, Clock clock) {
        return new KubernetesWorkerLauncher(client(Config.autoConfigure(null)), settings, owner, grace, clock);
    }

    /// A client that gives a cluster up in time to say so.
    static KubernetesClient client(Config cluster) {
        Config config = new ConfigBuilder(cluster)
                .withConnectionTimeout(5_000)
                .withRequestTimeout(10_000)
                .withRequestRetryBackoffLimit(0) // what is worth trying again is tried again here
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    KubernetesWorkerLauncher(
            KubernetesClient client, ClusterSettings settings, String owner, Duration grace, Clock clock) {
        this.client = client;
        this.settings = settings;
        this.clock = clock;
        this.objects = new WorkerJob(settings, owner, grace);
        this.view = new ClusterView(client, settings, owner, this::look);
        view.start();
        calls.every(LOOK_EVERY.toMillis(), () -> launches.keySet().forEach(this::look));
    }

    @Override
    public void onExit(Consumer<WorkerExit> exits) {
        this.listener = exits;
    }

    @Override
    public void launch(WorkerSpec spec) {
        String name = JobName.of(spec.getResource(), spec.getAttempt()).text();
        Launch fresh = new Launch(name, spec.getResource(), spec.getAttempt(), clock.instant());
        Launch known = launches.compute(name, (key, old) -> old == null || old.isTold() ? fresh : old);
        if (known == fresh) {
            calls.submit(fresh, "create", () -> create(fresh, spec));
        }
    }

    private void create(Launch launch, WorkerSpec spec) {
        if (launch.isStopping()) {
            return;
        }
        Job job = createOrFind(objects.job(spec));
        try {
            client.resource(objects.configMap(spec, job)).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != ALREADY_THERE) {
                throw e;
            }
        }
        launch.done(clock.instant());
        LOG.infof("worker's Job is there resource=%s attempt=%d job=%s", launch.resource, launch.attempt, launch.name);
        look(launch.name);
    }

    private Job createOrFind(Job wanted) {
        try {
            return client.resource(wanted).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != ALREADY_THERE) {
                throw e;
            }
            Job there = client.resource(wanted).get();
            if (there == null || there.getMetadata().getDeletionTimestamp() != null) {
                throw e; // on its way out: its name is free soon
            }
            return there;
        }
    }

    @Override
    public void stop(String resource, int attempt) {
        String name = JobName.of(resource, attempt).text();
        Launch launch = launches.compute(
                name,
                (key, old) -> old == null || old.isTold() ? new Launch(name, resource, attempt, clock.instant()) : old);
        launch.stop();
        calls.submit(launch, "delete", () -> delete(launch));
    }

    private void delete(Launch launch) {
        // A finished Job keeps its pod's log until its time to live is over.
        if (view.job(launch.name).filter(KubernetesWorkerLauncher::isFinished).isEmpty()) {
            client.batch()
                    .v1()
                    .jobs()
                    .inNamespace(settings.namespace())
                    .withName(launch.name)
                    .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                    .delete();
        }
        launch.done(Instant.EPOCH);
        look(launch.name);
    }

    private void refused(Launch launch, ApiTrouble trouble) {
        ExitCause cause = new ExitCause(Remedy.NONE, trouble.reason(), trouble.message());
        tell(launch, new JobReading.Over(OptionalInt.empty(), Optional.of(cause)));
    }

    /// Something of this Job has changed, or time has passed.
    private void look(String name) {
        Launch launch = launches.get(name);
        if (launch == null || !launch.isDone() || launch.isTold() || !view.isComplete()) {
            return;
        }
        JobReading.Objects seen = seen(name);
        boolean nothing = seen.job().isEmpty() && seen.pod().isEmpty();
        if (seen.job().isPresent()) {
            launch.seen();
        }
        if (nothing
                && !launch.isSeen()
                && clock.instant().isBefore(launch.doneAt().plus(FRESH))) {
            return;
        }
        if (JobReading.of(seen, clock.instant()) instanceof JobReading.Over over) {
            tell(launch, launch.isStopping() ? new JobReading.Over(over.exitCode(), Optional.empty()) : over);
        }
    }

    private JobReading.Objects seen(String name) {
        return new JobReading.Objects(
                view.job(name),
                view.pod(name),
                view.workload(name).map(its -> QueuedJob.of(its, places())),
                view.trouble(name));
    }

    private Map<String, Integer> places() {
        Instant now = clock.instant();
        if (places.time().plus(PLACES_HOLD).isBefore(now)) {
            places = new Places(now, QueuedJob.places(view.workloads()));
        }
        return places.jobs();
    }

    private void tell(Launch launch, JobReading.Over over) {
        if (launch.tell()) {
            LOG.infof(
                    "worker ended resource=%s attempt=%d exitCode=%s",
                    launch.resource,
                    launch.attempt,
                    over.exitCode().isPresent() ? over.exitCode().getAsInt() : "unknown");
            listener.accept(new WorkerExit(launch.resource, launch.attempt, over.exitCode(), over.cause()));
        }
    }

    @Override
    public Optional<Standing> standing(String resource, int attempt) {
        Launch launch = launches.get(JobName.of(resource, attempt).text());
        if (launch == null || launch.isTold()) {
            return Optional.empty();
        }
        Optional<ApiTrouble> trouble = launch.isDone() ? view.blindness() : launch.trouble();
        if (!launch.isDone() || trouble.isPresent()) {
            return trouble.map(its -> new Standing(Standing.Kind.BLOCKED, 0, its.reason(), its.message()));
        }
        JobReading.Objects seen = seen(launch.name);
        boolean there = seen.job().isPresent() || seen.pod().isPresent();
        return there && JobReading.of(seen, clock.instant()) instanceof JobReading.Open(Standing its)
                ? Optional.of(its)
                : Optional.empty();
    }

    @Override
    public void retain(Set<String> resources) {
        Instant now = clock.instant();
        Set<String> left = new HashSet<>();
        for (Job job : view.jobs()) {
            String name = job.getMetadata().getName();
            Map<String, String> annotations = job.getMetadata().getAnnotations();
            String resource = annotations.get(WorkerJob.RESOURCE);
            if (resources.contains(resource) || isFinished(job) || isLeaving(job)) {
                continue;
            }
            left.add(name);
            if (unneeded.computeIfAbsent(name, its -> now).isBefore(now.minus(LEAVE_WITHIN))) {
                LOG.infof("Job of nobody is deleted resource=%s job=%s", resource, name);
                stop(resource, Integer.parseInt(annotations.get(WorkerJob.ATTEMPT)));
            }
        }
        unneeded.keySet().retainAll(left);
        launches.values().removeIf(launch -> launch.isTold() && !resources.contains(launch.resource));
    }

    private boolean isLeaving(Job job) {
        Launch launch = launches.get(job.getMetadata().getName());
        return job.getMetadata().getDeletionTimestamp() != null || launch != null && launch.isStopping();
    }

    private static boolean isFinished(Job job) {
        return job.getStatus() != null
                && job.getStatus().getConditions() != null
                && job.getStatus().getConditions().stream()
                        .anyMatch(condition -> "True".equals(condition.getStatus())
                                && Set.of("Complete", "Failed").contains(condition.getType()));
    }

    @Override
    public InputStream log(String resource, int attempt) throws IOException {
        Optional<Pod> pod = view.pod(JobName.of(resource, attempt).text());
        if (pod.isEmpty()) {
            return InputStream.nullInputStream();
        }
        try {
            return client.pods()
                    .inNamespace(settings.namespace())
                    .withName(pod.get().getMetadata().getName())
                    .inContainer(WorkerJob.CONTAINER)
                    .getLogInputStream();
        } catch (KubernetesClientException e) {
            throw new IOException(
                    "log of pod " + pod.get().getMetadata().getName() + ": "
                            + ApiTrouble.of(e).message(),
                    e);
        }
    }

    @Override
    public void close() {
        calls.close();
        view.close();
        client.close();
    }
}
