package dev.finetide.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.APIGroup;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GroupVersionForDiscovery;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The rights that `k8s/base/rbac.yaml` grants. Each account asks with its own token about every verb of every resource
/// that the API server has.
@EnabledIf("dev.finetide.kubernetes.TestCluster#isBuilt")
class RbacIT {
    private static final Set<String> VERBS = Set.of(
            "get",
            "list",
            "watch",
            "create",
            "update",
            "patch",
            "delete",
            "deletecollection",
            "bind",
            "escalate",
            "impersonate",
            "*");

    private static final Set<String> LAUNCHING = Set.of(
            "jobs.batch create",
            "jobs.batch get",
            "jobs.batch list",
            "jobs.batch watch",
            "jobs.batch delete",
            "secrets create",
            "pods get",
            "pods list",
            "pods watch",
            "pods/log get",
            "events list",
            "events watch",
            "workloads.kueue.x-k8s.io get",
            "workloads.kueue.x-k8s.io list",
            "workloads.kueue.x-k8s.io watch");

    private KubernetesClient admin;
    private String namespace;

    @BeforeEach
    void aNamespace() throws IOException {
        admin = TestCluster.shared().client();
        namespace = "t-" + UUID.randomUUID().toString().substring(0, 8);
        LauncherAccount.create(admin, namespace);
    }

    @AfterEach
    void leave() {
        admin.namespaces().withName(namespace).delete();
        admin.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dataset-service", "training-service", "eval-service"})
    void aServiceThatLaunchesMayDoThatInItsNamespaceAndNothingElse(String account) throws Exception {
        try (KubernetesClient service = as(account);
                KubernetesClient nobody = as("default")) {
            Set<String> everybodys = allowed(nobody, namespace);
            assertThat(more(allowed(service, namespace), everybodys)).containsExactlyInAnyOrderElementsOf(LAUNCHING);
            assertThat(more(allowed(service, "default"), everybodys)).isEmpty();
        }
    }

    @Test
    void aWorkerMayDoNothing() throws Exception {
        try (KubernetesClient worker = as("gpu-worker");
                KubernetesClient nobody = as("default")) {
            assertThat(more(allowed(worker, namespace), allowed(nobody, namespace)))
                    .isEmpty();
        }
    }

    @Test
    void callsAreRefusedAsTheReviewsSay() {
        try (KubernetesClient service = as("training-service")) {
            refused(() -> service.secrets().inNamespace(namespace).list());
            refused(() -> service.configMaps().inNamespace(namespace).list());
            refused(() -> service.pods().inNamespace(namespace).withName("x").delete());
            refused(() -> service.batch().v1().jobs().inNamespace("default").list());
            refused(() -> service.nodes().list());
            assertThat(service.batch().v1().jobs().inNamespace(namespace).list().getItems())
                    .isEmpty();
        }
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        answer -> assertThat(answer.getCode()).isEqualTo(403));
    }

    private KubernetesClient as(String account) {
        return new KubernetesClientBuilder()
                .withConfig(LauncherAccount.config(admin, namespace, account))
                .build();
    }

    /// Returns all `RESOURCE.GROUP/SUBRESOURCE VERB` that the asking account may do in a namespace.
    private Set<String> allowed(KubernetesClient asking, String where) throws InterruptedException {
        Set<String> allowed = new ConcurrentSkipListSet<>();
        Semaphore atOnce = new Semaphore(8);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Resource resource : resources()) {
                for (String verb : VERBS) {
                    threads.submit(() -> {
                        atOnce.acquireUninterruptibly();
                        try {
                            if (isAllowed(asking, where, resource, verb)) {
                                allowed.add(resource + " " + verb);
                            }
                        } catch (RuntimeException unknown) {
                            allowed.add(resource + " " + verb + ": " + unknown);
                        } finally {
                            atOnce.release();
                        }
                    });
                }
            }
        }
        return allowed;
    }

    private static boolean isAllowed(KubernetesClient asking, String where, Resource resource, String verb) {
        return asking.authorization()
                .v1()
                .selfSubjectAccessReview()
                .create(new SelfSubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withNewResourceAttributes()
                        .withNamespace(where)
                        .withVerb(verb)
                        .withGroup(resource.group())
                        .withResource(resource.name())
                        .withSubresource(resource.subresource())
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }

    private record Resource(String group, String name, String subresource) {
        static Resource of(String group, String discovered) {
            String[] parts = discovered.split("/", 2);
            return new Resource(group, parts[0], parts.length == 2 ? parts[1] : "");
        }

        @Override
        public String toString() {
            return name + (group.isEmpty() ? "" : "." + group) + (subresource.isEmpty() ? "" : "/" + subresource);
        }
    }

    private List<Resource> resources() {
        Set<String> versions = new TreeSet<>(Set.of("v1"));
        for (APIGroup group : admin.getApiGroups().getGroups()) {
            group.getVersions().stream()
                    .map(GroupVersionForDiscovery::getGroupVersion)
                    .forEach(versions::add);
        }
        return versions.stream()
                .flatMap(version -> admin.getApiResources(version).getResources().stream()
                        .map(APIResource::getName)
                        .map(name -> Resource.of(
                                version.contains("/") ? version.substring(0, version.indexOf('/')) : "", name)))
                .distinct()
                .toList();
    }

    private static Set<String> more(Set<String> all, Set<String> than) {
        Set<String> rest = new TreeSet<>(all);
        rest.removeAll(than);
        return rest;
    }
}
