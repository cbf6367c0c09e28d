package dev.finetide.kubernetes;

import dev.finetide.proto.tls.WireSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvFromSourceBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Builds the specification of a worker's pod: no privileges, a read-only root file system, own volumes to write to.
final class WorkerPod {
    /// Directory in the pod with the keys of endpoints.
    static final String KEYS_DIRECTORY = "/etc/finetide-keys";

    private static final long USER = 10_001;
    private static final String KEYS = "keys";
    private static final String AUTHORITY = "authority";
    private static final String AUTHORITY_DIRECTORY = "/etc/finetide-ca";
    private static final String AUTHORITY_FILE = "ca.crt";

    private final ClusterSettings settings;
    private final boolean needsDevice;
    private final Duration grace;

    /// @param needsDevice whether the worker computes with a model; another one gets no GPU, and less
    ///     of all else
    WorkerPod(ClusterSettings settings, boolean needsDevice, Duration grace) {
        this.settings = settings;
        this.needsDevice = needsDevice;
        this.grace = grace;
    }

    PodSpec spec(List<String> arguments, Map<String, String> environment, String specification) {
        PodSpecBuilder pod = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(grace.toSeconds())
                .withServiceAccountName(settings.serviceAccount())
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withImagePullSecrets(WorkerJob.references(settings.imagePullSecrets()))
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withRunAsGroup(USER)
                .withFsGroup(USER)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withContainers(container(arguments, environment))
                .withVolumes(volumes(specification));
        settings.gpuProduct()
                .filter(_ -> needsDevice)
                .ifPresent(product -> pod.addToNodeSelector("nvidia.com/gpu.product", product));
        if (gpus() > 0) {
            pod.addNewToleration()
                    .withKey(settings.gpuResource())
                    .withOperator("Exists")
                    .withEffect("NoSchedule")
                    .endToleration();
        }
        return pod.build();
    }

    private Container container(List<String> arguments, Map<String, String> environment) {
        return new ContainerBuilder()
                .withName(WorkerJob.CONTAINER)
                .withImage(settings.image().orElseThrow())
                .withCommand(settings.command().orElse(List.of()))
                .withArgs(arguments)
                .withWorkingDir("/work")
                .withEnv(variables(environment))
                .withEnvFrom(secrets())
                .withResources(resources())
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .withVolumeMounts(mounts())
                .build();
    }

    private List<EnvVar> variables(Map<String, String> environment) {
        List<EnvVar> variables = new ArrayList<>();
        settings.kafkaSecret().ifPresent(secret -> {
            variables.add(new EnvVar("KAFKA_SECURITY_PROTOCOL", "SASL_SSL", null));
            variables.add(new EnvVar("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512", null));
            variables.add(ofSecret("KAFKA_SASL_JAAS_CONFIG", secret, "sasl.jaas.config"));
        });
        settings.kafkaCaSecret().ifPresent(secret -> {
            variables.add(new EnvVar("KAFKA_SSL_TRUSTSTORE_TYPE", "PEM", null));
            variables.add(ofSecret("KAFKA_SSL_TRUSTSTORE_CERTIFICATES", secret, "ca.crt"));
        });
        settings.caSecret()
                .ifPresent(_ -> variables.add(
                        new EnvVar(WireSettings.AUTHORITIES, AUTHORITY_DIRECTORY + "/" + AUTHORITY_FILE, null)));
        environment.forEach((name, value) -> variables.add(new EnvVar(name, value, null)));
        return variables;
    }

    private static EnvVar ofSecret(String variable, String secret, String key) {
        return new EnvVarBuilder()
                .withName(variable)
                .withNewValueFrom()
                .withNewSecretKeyRef(key, secret, false)
                .endValueFrom()
                .build();
    }

    private List<VolumeMount> mounts() {
        List<VolumeMount> mounts = new ArrayList<>(List.of(
                mount("spec", "/etc/finetide", null, true),
                mount("scratch", "/work", "work", null),
                mount("scratch", "/tmp", "tmp", null),
                mount("shared-memory", "/dev/shm", null, null)));
        settings.caSecret().ifPresent(_ -> mounts.add(mount(AUTHORITY, AUTHORITY_DIRECTORY, null, true)));
        settings.keysSecret().ifPresent(_ -> mounts.add(mount(KEYS, KEYS_DIRECTORY, null, true)));
        return mounts;
    }

    private List<EnvFromSource> secrets() {
        return settings.environmentSecrets().orElse(List.of()).stream()
                .map(name ->
                        new EnvFromSourceBuilder().withNewSecretRef(name, false).build())
                .toList();
    }

    /// Returns requests equal to limits, so that a worker always has what it was promised. The volume's size limits the
    /// disk instead: Kueue never admits a pod that requests a resource missing in its ClusterQueue.
    private ResourceRequirements resources() {
        Map<String, Quantity> amounts = new TreeMap<>(Map.of(
                "cpu", WorkerJob.quantity(needsDevice ? settings.cpu() : settings.reportCpu()),
                "memory", WorkerJob.quantity(needsDevice ? settings.memory() : settings.reportMemory())));
        if (gpus() > 0) {
            amounts.put(settings.gpuResource(), WorkerJob.quantity(Integer.toString(gpus())));
        }
        return new ResourceRequirementsBuilder()
                .withRequests(amounts)
                .withLimits(amounts)
                .build();
    }

    private int gpus() {
        return needsDevice ? settings.gpus() : 0;
    }

    private List<Volume> volumes(String specification) {
        List<Volume> volumes = new ArrayList<>(List.of(
                new VolumeBuilder()
                        .withName("spec")
                        .withNewSecret()
                        .withSecretName(specification)
                        .endSecret()
                        .build(),
                new VolumeBuilder()
                        .withName("scratch")
                        .withNewEmptyDir()
                        .withSizeLimit(WorkerJob.quantity(settings.scratch()))
                        .endEmptyDir()
                        .build(),
                new VolumeBuilder()
                        .withName("shared-memory")
                        .withNewEmptyDir()
                        .withMedium("Memory")
                        .withSizeLimit(WorkerJob.quantity(settings.sharedMemory()))
                        .endEmptyDir()
                        .build()));
        settings.caSecret()
                .ifPresent(secret -> volumes.add(new VolumeBuilder()
                        .withName(AUTHORITY)
                        .withNewSecret()
                        .withSecretName(secret)
                        .withItems(new KeyToPath(AUTHORITY_FILE, null, AUTHORITY_FILE))
                        .endSecret()
                        .build()));
        settings.keysSecret()
                .ifPresent(secret -> volumes.add(new VolumeBuilder()
                        .withName(KEYS)
                        .withNewSecret()
                        .withSecretName(secret)
                        .endSecret()
                        .build()));
        return volumes;
    }

    private static VolumeMount mount(String volume, String path, String subPath, Boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(volume)
                .withMountPath(path)
                .withSubPath(subPath)
                .withReadOnly(readOnly)
                .build();
    }
}
