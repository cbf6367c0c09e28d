package dev.finetide.kubernetes;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Settings that every worker's Job shares. A key is `finetide.kubernetes.NAME`; its variable in the environment is
/// `FINETIDE_KUBERNETES_NAME` with `_` for every `-` and `.`. Read only if `finetide.worker.launcher=kubernetes`.
@ConfigMapping(prefix = "finetide.kubernetes")
public interface ClusterSettings {
    /// Namespace of the Jobs, their pods and their Secrets.
    @WithDefault("finetide")
    String namespace();

    /// Whether `FineTuneRun` objects of that namespace become training runs. The cluster must have their definition.
    @WithDefault("false")
    boolean finetuneruns();

    /// The worker's image. Required.
    Optional<String> image();

    /// Secrets for pulling the image.
    Optional<List<String>> imagePullSecrets();

    /// The worker's program, if it is not the image's entry point.
    Optional<List<String>> command();

    /// ServiceAccount of the pods. Its token is not mounted.
    @WithDefault("gpu-worker")
    String serviceAccount();

    /// Kueue's LocalQueue. Without one, Jobs start at once and their pods wait until a node has room.
    Optional<String> queue();

    /// Kueue's WorkloadPriorityClasses as `PRIORITY=CLASS`: the class of runs whose `TrainingConfig.priority` is at
    /// least PRIORITY; the highest match wins.
    Optional<List<String>> priorityClasses();

    /// Number of GPUs of a worker; 0 for none.
    @WithDefault("1")
    int gpus();

    /// Extended resource that counts the GPUs.
    @WithDefault("nvidia.com/gpu")
    String gpuResource();

    /// Label `nvidia.com/gpu.product` of the nodes to run on; any node when absent.
    Optional<String> gpuProduct();

    /// CPUs of a worker, as a Kubernetes quantity.
    @WithDefault("4")
    String cpu();

    /// Memory of a worker, as a Kubernetes quantity.
    @WithDefault("32Gi")
    String memory();

    /// CPUs of a worker that makes a report without a base, as a Kubernetes quantity.
    @WithDefault("2")
    String reportCpu();

    /// Memory of a worker that makes a report without a base, as a Kubernetes quantity.
    @WithDefault("4Gi")
    String reportMemory();

    /// Size of `/dev/shm`; counts towards memory.
    @WithDefault("8Gi")
    String sharedMemory();

    /// Size of the pod's disk, for the base, the dataset, a checkpoint and the files to upload to the blob store.
    @WithDefault("100Gi")
    String scratch();

    /// Longest duration of one attempt.
    @WithDefault("24h")
    Duration deadline();

    /// Time for which a finished Job, its pod and its log are kept.
    @WithDefault("1h")
    Duration keepFinished();

    /// Secrets whose keys become the worker's environment: credentials of blob store and broker.
    Optional<List<String>> environmentSecrets();

    /// Secret whose files are the keys of endpoints: NAME with the key, and NAME.hosts with the hosts that may get it.
    Optional<String> keysSecret();

    /// Secret with the workers' login to Kafka (SASL_SSL, SCRAM-SHA-512) in its key `sasl.jaas.config`, as Strimzi
    /// makes it for a KafkaUser. Other kinds of login come by `environment-secrets`.
    Optional<String> kafkaSecret();

    /// Secret with the authority of the services' certificates in its key `ca.crt`, of which workers see that key
    /// alone; absent if the services speak plain text, or the image knows the authority.
    Optional<String> caSecret();

    /// Secret with the authority of Kafka's certificates in its key `ca.crt`; absent if the image knows the authority.
    Optional<String> kafkaCaSecret();

    /// Further environment variables of the worker, as `NAME=VALUE`.
    Optional<List<String>> environment();
}
