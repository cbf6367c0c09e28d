package dev.finetide.e2e;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Records when the client had the answer that created a run, when the API server showed the run's first Job, and every
/// Job since.
final class JobTimes implements AutoCloseable {
    private final Map<String, Instant> answered = new ConcurrentHashMap<>();
    private final Map<String, Instant> shown = new ConcurrentHashMap<>();
    private final Set<String> attempts = ConcurrentHashMap.newKeySet();
    private final Queue<String> twice = new ConcurrentLinkedQueue<>();
    private final SharedIndexInformer<Job> jobs;

    private JobTimes(KubernetesClient cluster, String namespace) {
        jobs = cluster.batch().v1().jobs().inNamespace(namespace).runnableInformer(0);
        jobs.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Job job) {
                added(job);
            }

            @Override
            public void onUpdate(Job before, Job job) {}

            @Override
            public void onDelete(Job job, boolean unseen) {}
        });
    }

    static JobTimes watch(KubernetesClient cluster, String namespace) {
        JobTimes times = new JobTimes(cluster, namespace);
        times.jobs.start();
        return times;
    }

    private void added(Job job) {
        Map<String, String> annotations = job.getMetadata().getAnnotations();
        String run = annotations.get("finetide.dev/resource");
        shown.putIfAbsent(run, Instant.now());
        if (!attempts.add(run + " attempt " + annotations.get("finetide.dev/attempt"))) {
            twice.add(job.getMetadata().getName());
        }
    }

    /// Records that the client has the answer that created this run.
    void answered(String run) {
        answered.put(run, Instant.now());
    }

    /// Returns the percentile of the milliseconds between the answer and the first Job, over runs that had a Job; 0 for
    /// a run whose Job was there before the answer.
    long percentile(int percent) {
        List<Long> millis = shown.entrySet().stream()
                .map(job -> Math.max(
                        0,
                        Duration.between(answered.get(job.getKey()), job.getValue())
                                .toMillis()))
                .sorted()
                .toList();
        return millis.get(Math.max(0, Math.ceilDiv(millis.size() * percent, 100) - 1));
    }

    /// Returns the number of Jobs, over all attempts.
    int count() {
        return attempts.size();
    }

    /// Returns the names that more than one Job had.
    List<String> twice() {
        return List.copyOf(twice);
    }

    @Override
    public void close() {
        jobs.stop();
    }
}
