package dev.finetide.kubernetes;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// State of a Job in Kueue's queue, read from Kueue's Workload object.
///
/// @param place   place among the waiting Workloads of the same LocalQueue, from 1; 0 when admitted
/// @param pending reason for the wait, in Kueue's words
/// @param evicted reason why the Job lost its place, in Kueue's words
record QueuedJob(int place, Optional<String> pending, Optional<String> evicted) {

    /// @param places place of each waiting Job by name, from [#places]
    static QueuedJob of(GenericKubernetesResource workload, Map<String, Integer> places) {
        return new QueuedJob(
                waits(workload) ? places.getOrDefault(job(workload), 0) : 0,
                message(workload, "QuotaReserved", "False"),
                message(workload, "Evicted", "True"));
    }

    /// Returns the place of every waiting Job, by name. Kueue admits the highest priority first, then the oldest.
    static Map<String, Integer> places(List<GenericKubernetesResource> workloads) {
        List<GenericKubernetesResource> inOrder = workloads.stream()
                .filter(QueuedJob::waits)
                .sorted(Comparator.comparingInt((GenericKubernetesResource workload) -> -priority(workload))
                        .thenComparing(workload -> workload.getMetadata().getCreationTimestamp())
                        .thenComparing(workload -> workload.getMetadata().getName()))
                .toList();
        Map<String, Integer> lengths = new HashMap<>();
        Map<String, Integer> places = new HashMap<>();
        for (GenericKubernetesResource workload : inOrder) {
            String queue = String.valueOf((Object) workload.get("spec", "queueName"));
            places.put(job(workload), lengths.merge(queue, 1, Integer::sum));
        }
        return places;
    }

    /// Returns the name of the Job that owns a Workload; empty when something else owns it.
    static String job(GenericKubernetesResource workload) {
        return workload.getMetadata().getOwnerReferences().stream()
                .filter(owner -> "Job".equals(owner.getKind()))
                .map(OwnerReference::getName)
                .findFirst()
                .orElse("");
    }

    private static boolean waits(GenericKubernetesResource workload) {
        return message(workload, "QuotaReserved", "True").isEmpty()
                && message(workload, "Finished", "True").isEmpty();
    }

    private static int priority(GenericKubernetesResource workload) {
        Object priority = workload.get("spec", "priority");
        return priority instanceof Number number ? number.intValue() : 0;
    }

    /// Returns the reason and message of a condition, if the condition has this status.
    private static Optional<String> message(GenericKubernetesResource workload, String type, String status) {
        Object conditions = workload.get("status", "conditions");
        if (conditions instanceof List<?> list) {
            for (Object entry : list) {
                if (entry instanceof Map<?, ?> condition
                        && type.equals(condition.get("type"))
                        && status.equals(condition.get("status"))) {
                    return Optional.of(condition.get("reason") + ": " + condition.get("message"));
                }
            }
        }
        return Optional.empty();
    }
}
