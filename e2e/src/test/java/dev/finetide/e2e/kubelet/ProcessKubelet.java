package dev.finetide.e2e.kubelet;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// One node of a cluster whose pods are child processes of this machine. There are no images and no
/// mounts: the container's command is a program of this machine, and a mounted path in its
/// arguments, its environment or its working directory stands for a directory of the pod's own (see
/// [Sandbox]).
///
/// It works like the real one: it compares what each pod wants with what runs, at every change and once a second, so a
/// call that the API server did not take is made again. There are no cgroups: a process whose resident memory is above
/// its pod's limit is killed as the kernel would, within that second. Thread-safe.
public final class ProcessKubelet implements AutoCloseable {
    private static final int BEAT_SECONDS = 1;
    private static final int LEASE_SECONDS = 4;
    private static final long RESYNC_MS = 1_000;

    private final KubernetesClient client;
    private final String node;
    private final Path directory;
    private final Map<String, RunningContainer> containers = new ConcurrentHashMap<>();
    private final ScheduledExecutorService hands = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("kubelet").daemon().factory());
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("kubelet-heart").daemon().factory());
    private final SharedIndexInformer<Pod> pods;
    private volatile boolean connected = true;

    private ProcessKubelet(KubernetesClient client, String node, Path directory) {
        this.client = client;
        this.node = node;
        this.directory = directory;
        this.pods =
                client.pods().inAnyNamespace().withField("spec.nodeName", node).runnableInformer(RESYNC_MS);
    }

    /// Registers the node and takes its pods.
    ///
    /// @param client    may do everything; stays the caller's
    /// @param directory where each pod gets a directory of its own
    /// @param labels    of the node, which pods select
    /// @param capacity  `cpu`, `memory`, `nvidia.com/gpu`, …
    public static ProcessKubelet start(
            KubernetesClient client,
            String node,
            Path directory,
            Map<String, String> labels,
            Map<String, String> capacity) {
        ProcessKubelet kubelet = new ProcessKubelet(client, node, directory);
        kubelet.register(labels, capacity);
        kubelet.heart.scheduleWithFixedDelay(kubelet::beat, 0, BEAT_SECONDS, TimeUnit.SECONDS);
        kubelet.pods.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Pod pod) {
                kubelet.later(() -> kubelet.sync(pod));
            }

            @Override
            public void onUpdate(Pod before, Pod pod) {
                kubelet.later(() -> kubelet.sync(pod));
            }

            @Override
            public void onDelete(Pod pod, boolean unseen) {
                kubelet.later(() -> kubelet.forget(pod));
            }
        });
        kubelet.pods.start();
        return kubelet;
    }

    private void register(Map<String, String> labels, Map<String, String> capacity) {
        Map<String, Quantity> resources = new TreeMap<>(Map.of("pods", Quantity.parse("10")));
        capacity.forEach((name, amount) -> resources.put(name, Quantity.parse(amount)));
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(node)
                        .withLabels(labels)
                        .endMetadata()
                        .withNewStatus()
                        .withCapacity(resources)
                        .withAllocatable(resources)
                        .endStatus()
                        .build())
                .create();
    }

    /// The process of a pod's container.
    public Optional<ProcessHandle> process(String pod) {
        return container(pod).map(container -> container.process().toHandle());
    }

    /// Cuts the connection to the API server. Running pods go on.
    public void disconnect() {
        connected = false;
    }

    public void reconnect() {
        connected = true;
    }

    private Optional<RunningContainer> container(String pod) {
        return containers.values().stream()
                .filter(container -> container.pod().equals(pod))
                .findFirst();
    }

    private void later(Runnable task) {
        try {
            hands.execute(() -> {
                if (connected) {
                    task.run();
                }
            });
        } catch (RejectedExecutionException closed) {
            // The pod's object is gone.
        }
    }

    /// Renews the lease by which the node is alive, and reports the node as ready again after it was taken for dead.
    private void beat() {
        if (!connected) {
            return;
        }
        try {
            Lease lease = new LeaseBuilder()
                    .withNewMetadata()
                    .withName(node)
                    .withNamespace("kube-node-lease")
                    .endMetadata()
                    .withNewSpec()
                    .withHolderIdentity(node)
                    .withLeaseDurationSeconds(LEASE_SECONDS)
                    .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                    .endSpec()
                    .build();
            client.resource(lease).forceConflicts().serverSideApply();
            Node there = client.nodes().withName(node).require();
            if (there.getStatus().getConditions().stream()
                    .noneMatch(its -> "Ready".equals(its.getType()) && "True".equals(its.getStatus()))) {
                NodeCondition ready = new NodeConditionBuilder()
                        .withType("Ready")
                        .withStatus("True")
                        .withReason("KubeletReady")
                        .withLastHeartbeatTime(PodStatuses.now())
                        .withLastTransitionTime(PodStatuses.now())
                        .build();
                client.nodes()
                        .withName(node)
                        .editStatus(its -> its.edit()
                                .editStatus()
                                .withConditions(List.of(ready))
                                .endStatus()
                                .build());
            }
        } catch (KubernetesClientException away) {
            // The next beat may get through; that is what the lease's duration is for.
        }
    }

    private void sync(Pod pod) {
        try {
            reconcile(pod);
        } catch (KubernetesClientException away) {
            // Changed or gone meanwhile, or the API server is away: the next event or resync comes here again.
        }
    }

    private void reconcile(Pod pod) {
        String uid = pod.getMetadata().getUid();
        boolean leaves = pod.getMetadata().getDeletionTimestamp() != null;
        Optional<RunningContainer> container = Optional.ofNullable(containers.get(uid));
        if (PodStatuses.isOver(pod)) {
            if (leaves) {
                client.resource(pod).withGracePeriod(0).delete();
            }
        } else if (container.isEmpty()) {
            tell(pod, leaves ? PodStatuses.neverStarted(pod) : start(pod));
        } else if (container.get().process().isAlive()) {
            if (!PodStatuses.isRunning(pod)) {
                tell(pod, PodStatuses.running(pod));
            }
            if (leaves && container.get().isFirstStop()) {
                stop(pod, container.get());
            }
            // As the kernel does, though not at once: a resync comes every second.
            if (container.get().residentBytes() > memoryLimit(pod)) {
                container.get().killForMemory();
            }
        } else {
            tell(pod, container.get().ended(pod));
        }
    }

    private static long memoryLimit(Pod pod) {
        Map<String, Quantity> limits =
                pod.getSpec().getContainers().getFirst().getResources().getLimits();
        return limits.containsKey("memory")
                ? limits.get("memory").getNumericalAmount().longValue()
                : Long.MAX_VALUE;
    }

    private PodStatus start(Pod pod) {
        try {
            RunningContainer container = new Sandbox(client, node, pod, directory).start();
            containers.put(pod.getMetadata().getUid(), container);
            container
                    .process()
                    .onExit()
                    .thenRun(() -> later(() -> Optional.ofNullable(
                                    pods.getStore().getByKey(pods.getStore().getKey(pod)))
                            .ifPresent(this::sync)));
            return PodStatuses.running(pod);
        } catch (Sandbox.MissingReference missing) {
            // Not there yet, perhaps: the next resync tries again.
            return PodStatuses.waiting(pod, "CreateContainerConfigError", missing.getMessage());
        } catch (IOException refused) {
            return PodStatuses.ended(pod, 128, "StartError", refused.getMessage());
        }
    }

    private void stop(Pod pod, RunningContainer container) {
        container.process().destroy();
        hands.schedule(
                () -> container.process().destroyForcibly(),
                pod.getMetadata().getDeletionGracePeriodSeconds(),
                TimeUnit.SECONDS);
    }

    private void tell(Pod pod, PodStatus status) {
        client.resource(pod)
                .editStatus(there -> PodStatuses.isOver(there)
                        ? there
                        : there.edit().withStatus(status).build());
    }

    /// Kills the process of a pod whose object was deleted: no process may go on under the pod's name.
    private void forget(Pod pod) {
        Optional.ofNullable(containers.get(pod.getMetadata().getUid()))
                .ifPresent(container -> container.process().destroyForcibly());
    }

    @Override
    public void close() {
        pods.stop();
        heart.shutdownNow();
        hands.shutdownNow();
        containers.values().forEach(container -> container.process().destroyForcibly());
    }
}
