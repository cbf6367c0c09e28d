package dev.finetide.kubernetes;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/// Local copy of the cluster's objects, kept by the Kubernetes client's informers. An informer lists objects, watches
/// them, lists again when a watch breaks, and repeats every object at each resync. Reads never call the API server.
final class ClusterView implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ClusterView.class);
    private static final Duration RESYNC = Duration.ofSeconds(10);
    private static final String JOB_NAME = "batch.kubernetes.io/job-name";
    private static final ResourceDefinitionContext WORKLOAD = new ResourceDefinitionContext.Builder()
            .withGroup("kueue.x-k8s.io")
            .withVersion("v1beta2")
            .withKind("Workload")
            .withPlural("workloads")
            .withNamespaced(true)
            .build();

    private final String namespace;
    private final SharedIndexInformer<Job> jobs;
    private final SharedIndexInformer<Pod> pods;
    private final SharedIndexInformer<Event> events;
    private final Optional<SharedIndexInformer<GenericKubernetesResource>> workloads;
    private volatile Optional<ApiTrouble> blindness = Optional.empty();

    /// @param onChange called with the name of every Job whose state may have changed
    ClusterView(KubernetesClient client, ClusterSettings settings, String owner, Consumer<String> onChange) {
        namespace = settings.namespace();
        long resync = RESYNC.toMillis();
        jobs = client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withLabel(WorkerJob.MANAGED_BY, owner)
                .runnableInformer(resync);
        pods = client.pods()
                .inNamespace(namespace)
                .withLabel(WorkerJob.MANAGED_BY, owner)
                .runnableInformer(resync);
        events = client.v1()
                .events()
                .inNamespace(namespace)
                .withField("involvedObject.kind", "Job")
                .withField("type", "Warning")
                .runnableInformer(resync);
        workloads = settings.queue()
                .map(queue -> client.genericKubernetesResources(WORKLOAD)
                        .inNamespace(namespace)
                        .runnableInformer(resync));
        keep(jobs, job -> job.getSpec().setTemplate(null));
        keep(pods, pod -> pod.getSpec().setVolumes(List.of()));
        workloads.ifPresent(informer -> keep(informer, ClusterView::withoutTemplates));
        pods.addIndexers(byJob(ClusterView::jobOf));
        events.addIndexers(byJob(event -> event.getInvolvedObject().getName()));
        workloads.ifPresent(informer -> informer.addIndexers(byJob(QueuedJob::job)));
        jobs.addEventHandler(handler(onChange, job -> job.getMetadata().getName()));
        pods.addEventHandler(handler(onChange, ClusterView::jobOf));
        workloads.ifPresent(informer -> informer.addEventHandler(handler(onChange, QueuedJob::job)));
    }

    /// Drops the fields that nothing here reads, because thousands of objects stay in memory.
    private static <T extends HasMetadata> void keep(SharedIndexInformer<T> informer, Consumer<T> leaveOut) {
        informer.itemStore(new BasicItemStore<>(Cache::metaNamespaceKeyFunc) {
            @Override
            public T put(String key, T object) {
                object.getMetadata().setManagedFields(List.of());
                leaveOut.accept(object);
                return super.put(key, object);
            }
        });
    }

    private static void withoutTemplates(GenericKubernetesResource workload) {
        if (workload.getAdditionalProperties().get("spec") instanceof Map<?, ?> spec) {
            spec.remove("podSets");
        }
    }

    void start() {
        start(jobs, "jobs");
        start(pods, "pods");
        start(events, "events");
        workloads.ifPresent(informer -> start(informer, "workloads"));
    }

    /// Starts an informer and does not wait: the cluster may not answer yet, or the rights may not be granted yet.
    private void start(SharedIndexInformer<?> informer, String what) {
        informer.exceptionHandler((started, failure) -> {
            ApiTrouble trouble = ApiTrouble.of(failure);
            LOG.warnf(
                    "cluster cannot be watched resource=%s reason=%s error=%s",
                    what, trouble.reason(), trouble.message());
            blindness = Optional.of(trouble);
            return true;
        });
        informer.start();
    }

    /// Returns why the first lists have not arrived; empty once they have.
    Optional<ApiTrouble> blindness() {
        return isComplete() ? Optional.empty() : blindness;
    }

    boolean isComplete() {
        return jobs.hasSynced() && pods.hasSynced();
    }

    Optional<Job> job(String name) {
        return Optional.ofNullable(jobs.getStore().getByKey(namespace + "/" + name));
    }

    List<Job> jobs() {
        return jobs.getStore().list();
    }

    /// Returns the newest pod of a Job.
    Optional<Pod> pod(String job) {
        return newest(pods, job);
    }

    Optional<GenericKubernetesResource> workload(String job) {
        return workloads.flatMap(informer -> newest(informer, job));
    }

    private static <T extends HasMetadata> Optional<T> newest(SharedIndexInformer<T> informer, String job) {
        return informer.getIndexer().byIndex(JOB_NAME, job).stream()
                .max(Comparator.comparing(object -> object.getMetadata().getCreationTimestamp()));
    }

    Optional<String> trouble(String job) {
        return events.getIndexer().byIndex(JOB_NAME, job).stream()
                .max(Comparator.comparing(event -> String.valueOf(event.getLastTimestamp())))
                .map(Event::getMessage);
    }

    List<GenericKubernetesResource> workloads() {
        return workloads.map(informer -> informer.getStore().list()).orElse(List.of());
    }

    private static String jobOf(Pod pod) {
        return pod.getMetadata().getLabels().getOrDefault(JOB_NAME, "");
    }

    private static <T> Map<String, Function<T, List<String>>> byJob(Function<T, String> job) {
        return Map.of(JOB_NAME, object -> List.of(job.apply(object)));
    }

    private static <T extends HasMetadata> ResourceEventHandler<T> handler(
            Consumer<String> onChange, Function<T, String> job) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(T added) {
                onChange.accept(job.apply(added));
            }

            @Override
            public void onUpdate(T before, T after) {
                onChange.accept(job.apply(after));
            }

            @Override
            public void onDelete(T deleted, boolean unseen) {
                onChange.accept(job.apply(deleted));
            }
        };
    }

    @Override
    public void close() {
        jobs.stop();
        pods.stop();
        events.stop();
        workloads.ifPresent(SharedIndexInformer::stop);
    }
}
