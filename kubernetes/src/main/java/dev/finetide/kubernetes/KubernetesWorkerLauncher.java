package dev.finetide.kubernetes;

import dev.finetide.kit.launch.WorkerLauncher;
import dev.finetide.kit.time.Moment;
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
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/// Runs each attempt's worker as a Kubernetes Job. Run and attempt determine the Job's name, so a second create finds
/// the Job that the first one made. The launcher reads the cluster through informers ([ClusterView], [JobReading]).
/// Calls that change the cluster are repeated as long as the run needs them ([RetryingCalls]).
///
/// The launcher has no leader election of its own. Only the replica that holds the service's advisory lock launches,
/// stops and judges workers; that lock is in the same database as the decisions.
/// A replica that loses the lock still makes the calls that it has queued. They do no harm: a Job's name exists only
/// once, the service refuses the worker of an outdated attempt, and the next holder of the lock deletes the Jobs that
/// no run needs ([#retain]).
public final class KubernetesWorkerLauncher implements WorkerLauncher {
    private static final Logger LOG = Logger.getLogger(KubernetesWorkerLauncher.class);
    private static final int ALREADY_THERE = 409;

    /// Time after which an informer has certainly shown a Job that was created.
    private static final Duration SEEN_WITHIN = Duration.ofSeconds(30);

    /// Time for a worker to exit after its last report. Deleting its Job earlier would delete the pod's log, too.
    private static final Duration LEAVE_WITHIN = Duration.ofSeconds(30);

    private static final Duration CHECK_EVERY = Duration.ofSeconds(10);

    /// Time for which computed queue places are shown. Only people read them, and each admission changes all of them.
    private static final Duration PLACES_VALID_FOR = Duration.ofSeconds(1);

    private record Places(Moment time, Map<String, Integer> jobs) {}

    private final KubernetesClient client;
    private final ClusterSettings settings;
    private final WorkerJob objects;
    private final ClusterView view;
    private final Map<String, JobLaunch> launches = new ConcurrentHashMap<>();

    /// Names of the Jobs that no resource needs, with the time when [#retain] first saw each.
    private final Map<String, Moment> unneeded = new ConcurrentHashMap<>();

    private final RetryingCalls calls = new RetryingCalls(launch -> launches.get(launch.name) == launch, this::refused);
    private volatile Consumer<WorkerExit> listener = exit -> {};
    private volatile Places places = new Places(Moment.now().plus(PLACES_VALID_FOR.negated()), Map.of());

    /// Starts a launcher for the cluster that the environment names: the pod's own, or that of `KUBECONFIG`. Does not
    /// wait for the cluster.
    ///
    /// @param owner launching service, written to its Jobs' label `app.kubernetes.io/managed-by`
    /// @param grace time between SIGTERM and SIGKILL: at least the time that a checkpoint takes
    public static KubernetesWorkerLauncher start(ClusterSettings settings, String owner, Duration grace) {
        return new KubernetesWorkerLauncher(client(Config.autoConfigure(null)), settings, owner, grace);
    }

    /// Makes a client with timeouts short enough for a run to show soon that the cluster does not answer.
    static KubernetesClient client(Config cluster) {
        Config config = new ConfigBuilder(cluster)
                .withConnectionTimeout(5_000)
                .withRequestTimeout(10_000)
                .withRequestRetryBackoffLimit(0) // RetryingCalls makes calls again
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    KubernetesWorkerLauncher(KubernetesClient client, ClusterSettings settings, String owner, Duration grace) {
        this.client = client;
        this.settings = settings;
        this.objects = new WorkerJob(settings, owner, grace);
        this.view = new ClusterView(client, settings, owner, this::check);
        view.start();
        calls.every(CHECK_EVERY.toMillis(), () -> launches.keySet().forEach(this::check));
    }

    @Override
    public void onExit(Consumer<WorkerExit> exits) {
        this.listener = exits;
    }

    @Override
    public void launch(WorkerSpec spec) {
        String name = JobName.of(spec.getResource(), spec.getAttempt()).text();
        JobLaunch fresh = new JobLaunch(name, spec.getResource(), spec.getAttempt(), Moment.now());
        JobLaunch known = launches.compute(name, (key, old) -> old == null || old.isReported() ? fresh : old);
        if (known == fresh) {
            calls.submit(fresh, "create", () -> create(fresh, spec));
        }
    }

    private void create(JobLaunch launch, WorkerSpec spec) {
        if (launch.isStopping()) {
            return;
        }
        Job job = createOrFind(objects.job(spec));
        try {
            client.resource(objects.secret(spec, job)).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != ALREADY_THERE) {
                throw e;
            }
        }
        launch.markDone(Moment.now());
        LOG.infof("worker's Job exists resource=%s attempt=%d job=%s", launch.resource, launch.attempt, launch.name);
        check(launch.name);
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
                throw e; // the old Job is being deleted: its name is free soon
            }
            return there;
        }
    }

    @Override
    public void stop(String resource, int attempt) {
        String name = JobName.of(resource, attempt).text();
        JobLaunch launch = launches.compute(
                name,
                (key, old) ->
                        old == null || old.isReported() ? new JobLaunch(name, resource, attempt, Moment.now()) : old);
        launch.markStopping();
        calls.submit(launch, "delete", () -> delete(launch));
    }

    private void delete(JobLaunch launch) {
        // A finished Job is left alone: its pod's log stays until the Job's time to live is over.
        if (view.job(launch.name).filter(KubernetesWorkerLauncher::isFinished).isEmpty()) {
            client.batch()
                    .v1()
                    .jobs()
                    .inNamespace(settings.namespace())
                    .withName(launch.name)
                    .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                    .delete();
        }
        launch.markDone(Moment.now().plus(SEEN_WITHIN.negated()));
        check(launch.name);
    }

    private void refused(JobLaunch launch, ApiTrouble trouble) {
        ExitCause cause = new ExitCause(Remedy.NONE, trouble.reason(), trouble.message());
        report(launch, new JobReading.Over(OptionalInt.empty(), Optional.of(cause)));
    }

    /// Reads the Job's objects again and reports the attempt's exit if it has ended.
    private void check(String name) {
        JobLaunch launch = launches.get(name);
        if (launch == null || !launch.isDone() || launch.isReported() || !view.isComplete()) {
            return;
        }
        JobReading.Objects seen = seen(name);
        boolean nothing = seen.job().isEmpty() && seen.pod().isEmpty();
        if (seen.job().isPresent()) {
            launch.markSeen();
        }
        if (nothing && !launch.isSeen() && launch.doneAt().plus(SEEN_WITHIN).isAfter(Moment.now())) {
            return;
        }
        if (JobReading.of(seen, launch.deletionTime(seen.pod(), Moment.now())) instanceof JobReading.Over over) {
            report(launch, launch.isStopping() ? new JobReading.Over(over.exitCode(), Optional.empty()) : over);
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
        Moment now = Moment.now();
        if (now.isAfter(places.time().plus(PLACES_VALID_FOR))) {
            places = new Places(now, QueuedJob.places(view.workloads()));
        }
        return places.jobs();
    }

    private void report(JobLaunch launch, JobReading.Over over) {
        if (launch.markReported()) {
            LOG.infof(
                    "worker ended resource=%s attempt=%d exitCode=%s",
                    launch.resource,
                    launch.attempt,
                    over.exitCode().isPresent() ? over.exitCode().getAsInt() : "unknown");
            listener.accept(new WorkerExit(launch.resource, launch.attempt, over.exitCode(), over.cause()));
        }
    }

    @Override
    public Optional<WorkerStatus> status(String resource, int attempt) {
        JobLaunch launch = launches.get(JobName.of(resource, attempt).text());
        if (launch == null || launch.isReported()) {
            return Optional.empty();
        }
        Optional<ApiTrouble> trouble = launch.isDone() ? view.blindness() : launch.trouble();
        if (!launch.isDone() || trouble.isPresent()) {
            return trouble.map(its -> new WorkerStatus(WorkerStatus.Kind.BLOCKED, 0, its.reason(), its.message()));
        }
        JobReading.Objects seen = seen(launch.name);
        boolean there = seen.job().isPresent() || seen.pod().isPresent();
        return there
                        && JobReading.of(seen, launch.deletionTime(seen.pod(), Moment.now()))
                                instanceof JobReading.Open(WorkerStatus its)
                ? Optional.of(its)
                : Optional.empty();
    }

    @Override
    public void retain(Set<String> resources) {
        Moment now = Moment.now();
        Set<String> left = new HashSet<>();
        for (Job job : view.jobs()) {
            String name = job.getMetadata().getName();
            Map<String, String> annotations = job.getMetadata().getAnnotations();
            String resource = annotations.get(WorkerJob.RESOURCE);
            if (resources.contains(resource) || isFinished(job) || isLeaving(job)) {
                continue;
            }
            left.add(name);
            if (now.since(unneeded.computeIfAbsent(name, its -> now)).compareTo(LEAVE_WITHIN) > 0) {
                LOG.infof("Job that no run needs is deleted resource=%s job=%s", resource, name);
                stop(resource, Integer.parseInt(annotations.get(WorkerJob.ATTEMPT)));
            }
        }
        unneeded.keySet().retainAll(left);
        launches.values().removeIf(launch -> launch.isReported() && !resources.contains(launch.resource));
    }

    private boolean isLeaving(Job job) {
        JobLaunch launch = launches.get(job.getMetadata().getName());
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
