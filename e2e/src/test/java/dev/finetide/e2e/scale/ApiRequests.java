package dev.finetide.e2e.scale;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Counts of the requests that one ServiceAccount makes to the API server, by the server's own metrics. The usual
/// metrics have no users; those of a FlowSchema for this account do. The FlowSchema leaves the priority as it was.
public final class ApiRequests {
    /// The requests until now.
    ///
    /// @param changes creates and deletes
    /// @param reads   gets, lists and watches, each watch once
    public record Count(long changes, long reads) {
        public Count minus(Count before) {
            return new Count(changes - before.changes, reads - before.reads);
        }
    }

    private static final String METRIC = "apiserver_flowcontrol_dispatched_requests_total";
    private static final String CHANGES = "finetide-changes";
    private static final String READS = "finetide-reads";

    private final KubernetesClient admin;

    private ApiRequests(KubernetesClient admin) {
        this.admin = admin;
    }

    /// Starts to count; returns when the API server uses the schemas, which takes some seconds.
    public static ApiRequests of(KubernetesClient admin, String namespace, String account) {
        create(admin, CHANGES, List.of("create", "update", "patch", "delete", "deletecollection"), namespace, account);
        create(admin, READS, List.of("get", "list", "watch"), namespace, account);
        return new ApiRequests(admin);
    }

    private static void create(
            KubernetesClient admin, String name, List<String> verbs, String namespace, String account) {
        String schema = """
                apiVersion: flowcontrol.apiserver.k8s.io/v1
                kind: FlowSchema
                metadata: {name: %s}
                spec:
                  matchingPrecedence: 500
                  priorityLevelConfiguration: {name: workload-low}
                  distinguisherMethod: {type: ByUser}
                  rules:
                    - subjects: [{kind: ServiceAccount, serviceAccount: {namespace: %s, name: %s}}]
                      resourceRules: [{verbs: [%s], apiGroups: ["*"], resources: ["*"], namespaces: ["*"]}]
                """.formatted(name, namespace, account, String.join(", ", verbs));
        admin.load(new ByteArrayInputStream(schema.getBytes(StandardCharsets.UTF_8)))
                .create();
    }

    public Count count() {
        String metrics = admin.raw("/metrics");
        return new Count(
                sum(metrics, METRIC, "flow_schema=\"" + CHANGES + "\""),
                sum(metrics, METRIC, "flow_schema=\"" + READS + "\""));
    }

    private static long sum(String metrics, String name, String label) {
        return Arrays.stream(metrics.split("\n"))
                .filter(line -> line.startsWith(name + "{") && line.contains(label))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
