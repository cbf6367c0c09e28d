package dev.finetide.kubernetes;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.kit.launch.WorkerTask;
import dev.finetide.proto.tls.WireSettings;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpecBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicy;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Builds the objects of one attempt: a Job, and a Secret with the worker's specification and its token, which the
/// Job owns. A Job is one attempt and never starts a second pod, because only the service retries.
final class WorkerJob {
    static final String CONTAINER = "worker";
    static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    static final String RESOURCE = "finetide.dev/resource";
    static final String ATTEMPT = "finetide.dev/attempt";
    static final String QUEUE = "kueue.x-k8s.io/queue-name";
    private static final String PRIORITY = "kueue.x-k8s.io/priority-class";
    private static final String SPEC_FILE = "spec.json";
    private static final String SPEC_DIRECTORY = "/etc/finetide";

    private final ClusterSettings settings;
    private final String owner;
    private final Duration grace;
    private final TreeMap<Integer, String> priorityClasses = new TreeMap<>();

    /// @param owner launching service
    /// @param grace time between SIGTERM and SIGKILL: at least the time that a checkpoint takes
    WorkerJob(ClusterSettings settings, String owner, Duration grace) {
        this.settings = settings;
        this.owner = owner;
        this.grace = grace;
        if (settings.image().isEmpty()) {
            throw new IllegalArgumentException(
                    "finetide.kubernetes.image: expected the worker's image, got nothing (FINETIDE_KUBERNETES_IMAGE)");
        }
        pairs("priority-classes", settings.priorityClasses())
                .forEach((priority, name) -> priorityClasses.put(Integer.valueOf(priority), name));
    }

    private static Map<String, String> pairs(String key, Optional<List<String>> entries) {
        Map<String, String> pairs = new TreeMap<>();
        for (String entry : entries.orElse(List.of())) {
            int equals = entry.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "finetide.kubernetes." + key + ": expected NAME=VALUE,NAME=VALUE, got " + entry);
            }
            pairs.put(
                    entry.substring(0, equals).strip(),
                    entry.substring(equals + 1).strip());
        }
        return pairs;
    }

    Job job(WorkerSpec spec) {
        JobName name = JobName.of(spec.getResource(), spec.getAttempt());
        Map<String, String> labels = labels(spec, name);
        Map<String, String> annotations =
                Map.of(RESOURCE, spec.getResource(), ATTEMPT, Integer.toString(spec.getAttempt()));
        return new JobBuilder()
                .withNewMetadata()
                .withName(name.text())
                .withNamespace(settings.namespace())
                .withLabels(labels)
                .withAnnotations(new TreeMap<>(annotations))
                .endMetadata()
                .withSpec(jobSpec(spec, name, labels, annotations))
                .build();
    }

    private Map<String, String> labels(WorkerSpec spec, JobName name) {
        Map<String, String> labels = new TreeMap<>(Map.of(
                "app.kubernetes.io/name",
                "gpu-worker",
                "app.kubernetes.io/instance",
                name.text(),
                "app.kubernetes.io/component",
                name.kind(),
                "app.kubernetes.io/part-of",
                "finetide",
                MANAGED_BY,
                owner,
                "finetide.dev/run",
                name.id(),
                ATTEMPT,
                Integer.toString(spec.getAttempt())));
        queue(spec).ifPresent(queue -> labels.put(QUEUE, queue));
        priorityClass(spec).ifPresent(priority -> labels.put(PRIORITY, priority));
        return labels;
    }

    /// Returns the queue of a Job. A Job that needs no device starts at once: the queue shares out
    /// devices.
    private Optional<String> queue(WorkerSpec spec) {
        return WorkerTask.needsDevice(spec) ? settings.queue() : Optional.empty();
    }

    private Optional<String> priorityClass(WorkerSpec spec) {
        int priority = spec.hasTrain()
                ? spec.getTrain().getConfig().getPriority()
                : spec.getEvaluate().getConfig().getPriority();
        return queue(spec)
                .flatMap(queue -> Optional.ofNullable(priorityClasses.floorEntry(priority)))
                .map(Map.Entry::getValue);
    }

    private JobSpec jobSpec(
            WorkerSpec spec, JobName name, Map<String, String> labels, Map<String, String> annotations) {
        Map<String, String> podLabels = new TreeMap<>(labels);
        podLabels.remove(QUEUE);
        podLabels.remove(PRIORITY);
        return new JobSpecBuilder()
                .withCompletions(1)
                .withParallelism(1)
                .withBackoffLimit(0)
                .withPodFailurePolicy(everyFailureEndsTheJob())
                // No second pod may start while the first may still write.
                .withPodReplacementPolicy("Failed")
                .withActiveDeadlineSeconds(settings.deadline().toSeconds())
                .withTtlSecondsAfterFinished((int) settings.keepFinished().toSeconds())
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(podLabels)
                .withAnnotations(new TreeMap<>(annotations))
                .endMetadata()
                .withSpec(new WorkerPod(settings, WorkerTask.needsDevice(spec), grace)
                        .spec(arguments(spec), environment(spec), name.text()))
                .endTemplate()
                .build();
    }

    private static PodFailurePolicy everyFailureEndsTheJob() {
        return new PodFailurePolicyBuilder()
                .addNewRule()
                .withAction("FailJob")
                .addNewOnPodCondition("True", "DisruptionTarget")
                .endRule()
                .addNewRule()
                .withAction("FailJob")
                .withNewOnExitCodes()
                .withContainerName(CONTAINER)
                .withOperator("NotIn")
                .withValues(0)
                .endOnExitCodes()
                .endRule()
                .build();
    }

    private static List<String> arguments(WorkerSpec spec) {
        return List.of(WorkerTask.command(spec), "--spec", SPEC_DIRECTORY + "/" + SPEC_FILE);
    }

    private Map<String, String> environment(WorkerSpec spec) {
        Map<String, String> environment = new TreeMap<>();
        environment.put("HOME", "/tmp");
        environment.put("DJL_CACHE_DIR", "/tmp/djl");
        if (!spec.getTraceparent().isEmpty()) {
            environment.put("TRACEPARENT", spec.getTraceparent());
        }
        settings.keysSecret().ifPresent(_ -> environment.put("FINETIDE_KEYS", WorkerPod.KEYS_DIRECTORY));
        if (WireSettings.ofEnvironment().allowsPlainText()) {
            environment.put(WireSettings.PLAIN_TEXT, "true");
        }
        environment.putAll(pairs("environment", settings.environment()));
        return environment;
    }

    /// @param job Job as the API server returned it: with its uid as owner, the Secret is deleted with the Job
    Secret secret(WorkerSpec spec, Job job) {
        return new SecretBuilder()
                .withNewMetadata()
                .withName(job.getMetadata().getName())
                .withNamespace(settings.namespace())
                .withLabels(new TreeMap<>(Map.of("app.kubernetes.io/part-of", "finetide", MANAGED_BY, owner)))
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("batch/v1")
                        .withKind("Job")
                        .withName(job.getMetadata().getName())
                        .withUid(job.getMetadata().getUid())
                        .build())
                .endMetadata()
                .withImmutable(true)
                .withStringData(Map.of(SPEC_FILE, json(spec)))
                .build();
    }

    private static String json(WorkerSpec spec) {
        try {
            return JsonFormat.printer().sortingMapKeys().print(spec);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a worker's specification is always printable", e);
        }
    }

    static List<LocalObjectReference> references(Optional<List<String>> names) {
        return names.orElse(List.of()).stream().map(LocalObjectReference::new).toList();
    }

    static Quantity quantity(String text) {
        return Quantity.parse(text);
    }
}
