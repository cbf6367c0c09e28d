package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Verifies that a cluster holds nothing of ended runs except the finished Jobs of known attempts and their objects.
final class Leftovers {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Leftovers() {}

    /// Fails if a cluster still holds more after minutes.
    ///
    /// @param attempts of each run
    static void verifyNone(KubernetesClient admin, Map<String, Integer> attempts) {
        await().untilAsserted(() -> {
            List<Job> jobs = admin.batch()
                    .v1()
                    .jobs()
                    .inNamespace(ClusterStack.NAMESPACE)
                    .list()
                    .getItems();
            assertThat(jobs).allSatisfy(job -> verifyFinished(job, attempts));
            Set<String> names =
                    jobs.stream().map(job -> job.getMetadata().getName()).collect(Collectors.toSet());
            verifyNothingRuns(admin);
            assertThat(admin.secrets()
                            .inNamespace(ClusterStack.NAMESPACE)
                            .withLabel("app.kubernetes.io/part-of", "finetide")
                            .list()
                            .getItems())
                    .allSatisfy(map -> assertThat(map.getMetadata().getOwnerReferences())
                            .extracting(OwnerReference::getName)
                            .isSubsetOf(names));
        });
    }

    private static void verifyFinished(Job job, Map<String, Integer> attempts) {
        assertThat(job.getStatus().getConditions())
                .as(job.getMetadata().getName())
                .anyMatch(its -> Set.of("Complete", "Failed").contains(its.getType()));
        Map<String, String> annotations = job.getMetadata().getAnnotations();
        assertThat(attempts).containsKey(annotations.get("finetide.dev/resource"));
        assertThat(Integer.parseInt(annotations.get("finetide.dev/attempt")))
                .isBetween(1, attempts.get(annotations.get("finetide.dev/resource")));
    }

    private static void verifyNothingRuns(KubernetesClient admin) {
        assertThat(admin.pods().inNamespace(ClusterStack.NAMESPACE).list().getItems())
                .extracting((Pod pod) -> pod.getStatus().getPhase())
                .isSubsetOf("Succeeded", "Failed");
        assertThat(admin.genericKubernetesResources("kueue.x-k8s.io/v1beta2", "Workload")
                        .inNamespace(ClusterStack.NAMESPACE)
                        .list()
                        .getItems())
                .allSatisfy(workload -> assertThat(conditions(workload)).contains("Finished"));
    }

    private static Set<String> conditions(GenericKubernetesResource workload) {
        JsonNode conditions = JSON.valueToTree(workload.get("status", "conditions"));
        Set<String> met = new HashSet<>();
        conditions.forEach(condition -> {
            if (condition.path("status").asText().equals("True")) {
                met.add(condition.path("type").asText());
            }
        });
        return met;
    }
}
