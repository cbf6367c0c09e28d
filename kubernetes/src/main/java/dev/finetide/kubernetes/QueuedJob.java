package dev.finetide.kubernetes;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A Job as Kueue's Workload shows it.
///
/// @param place   among the Workloads of the same LocalQueue that wait, from 1; 0 when admitted
/// @param pending why it waits, in Kueue's words
/// @param evicted why it lost its place, in Kueue's words
record QueuedJob(int place, Optional<String> pending, Optional<String> evicted) {

    /// Every Job that has a Workload, by name. Kueue takes the highest priority first, then the oldest.
    static Map<String, QueuedJob> places(List<GenericKubernetesResource> workloads) {
        List<GenericKubernetesResource> inOrder = new ArrayList<>(workloads);
        inOrder.sort(Comparator.comparingInt((GenericKubernetesResource workload) -> -priority(workload))
                .thenComparing(workload -> workload.getMetadata().getCreationTimestamp())
                .thenComparing(workload -> workload.getMetadata().getName()));
        Map<String, Integer> waiting = new HashMap<>();
        Map<String, QueuedJob> jobs = new HashMap<>();
        for (GenericKubernetesResource workload : inOrder) {
            String queue = String.valueOf((Object) workload.get("spec", "queueName"));
            boolean waits = message(workload, "QuotaReserved", "True").isEmpty()
                    && message(workload, "Finished", "True").isEmpty();
            int place = waits ? waiting.merge(queue, 1, Integer::sum) : 0;
            job(workload)
                    .ifPresent(name -> jobs.put(
                            name,
                            new QueuedJob(
                                    place,
                                    message(workload, "QuotaReserved", "False"),
                                    message(workload, "Evicted", "True"))));
        }
        return jobs;
    }

    private static Optional<String> job(GenericKubernetesResource workload) {
        return workload.getMetadata().getOwnerReferences().stream()
                .filter(owner -> "Job".equals(owner.getKind()))
                .map(OwnerReference::getName)
                .findFirst();
    }

    private static int priority(GenericKubernetesResource workload) {
        Object priority = workload.get("spec", "priority");
        return priority instanceof Number number ? number.intValue() : 0;
    }

    /// The message of a condition that has this status.
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
