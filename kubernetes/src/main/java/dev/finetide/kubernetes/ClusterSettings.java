package dev.finetide.kubernetes;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What every worker's Job has in common. A key is `finetide.kubernetes.NAME`; its variable in the environment is
/// `FINETIDE_KUBERNETES_NAME` with `_` for every `-` and `.`. Read only where `finetide.worker.launcher=kubernetes`.
@ConfigMapping(prefix = "finetide.kubernetes")
public interface ClusterSettings {
    /// Where Jobs, their pods and their ConfigMaps are.
    @WithDefault("finetide")
    String namespace();

    /// Whether `FineTuneRun` objects of that namespace make training runs; their definition must be there.
    @WithDefault("false")
    boolean finetuneruns();

    /// The worker's image. Required.
    Optional<String> image();

    /// Secrets to pull it with.
    Optional<List<String>> imagePullSecrets();

    /// The worker's program, where it is not the image's entry point.
    Optional<List<String>> command();

    /// The ServiceAccount of the pods. No token of it is mounted.
    @WithDefault("gpu-worker")
    String serviceAccount();

    /// Kueue's LocalQueue. Without one the Jobs start at once, and wait for room as pods.
    Optional<String> queue();

    /// Kueue's WorkloadPriorityClasses as `PRIORITY=CLASS`: for runs of this `TrainingConfig.priority` and above.
    Optional<List<String>> priorityClasses();

    /// GPUs of a worker; 0 for none.
    @WithDefault("1")
    int gpus();

    /// The extended resource that counts them.
    @WithDefault("nvidia.com/gpu")
    String gpuResource();

    /// Label `nvidia.com/gpu.product` of the nodes to run on; any node when absent.
    Optional<String> gpuProduct();

    @WithDefault("4")
    String cpu();

    @WithDefault("32Gi")
    String memory();

    /// Of `/dev/shm`; counts towards memory.
    @WithDefault("8Gi")
    String sharedMemory();

    /// Of the pod's own disk: the base, the dataset, a checkpoint and the files on their way to the blob store.
    @WithDefault("100Gi")
    String scratch();

    /// The longest time of one attempt.
    @WithDefault("24h")
    Duration deadline();

    /// How long a finished Job, its pod and its log stay.
    @WithDefault("1h")
    Duration keepFinished();

    /// Secrets whose keys become the worker's environment: credentials of blob store and broker.
    Optional<List<String>> environmentSecrets();

    /// More of the worker's environment, as `NAME=VALUE`.
    Optional<List<String>> environment();
}
