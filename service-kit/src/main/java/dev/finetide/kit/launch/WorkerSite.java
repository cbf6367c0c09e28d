package dev.finetide.kit.launch;

import dev.finetide.proto.worker.v1.WorkerSpec;

/// Where this service's workers find what they need: the part of every [WorkerSpec] that no run decides.
///
/// @param serviceEndpoint  host:port of the service's own gRPC server
/// @param bootstrapServers Kafka
/// @param blobsUri         blob store
/// @param deviceDirectory  shared by the workers of this machine for device locks; empty where a cluster schedules
public record WorkerSite(String serviceEndpoint, String bootstrapServers, String blobsUri, String deviceDirectory) {
    /// The directory of device locks, as workers are told: none on a cluster, which hands out devices itself.
    static String deviceDirectory(WorkerSettings settings) {
        return switch (settings.launcher()) {
            case KUBERNETES -> "";
            case PROCESS ->
                settings.devices()
                        .orElseGet(
                                () -> ChildProcessLauncher.directory(settings).resolve("devices"))
                        .toString();
        };
    }

    /// The specification of one attempt, still without its task.
    public WorkerSpec.Builder spec(String resource, int attempt, String blobPrefix) {
        return WorkerSpec.newBuilder()
                .setResource(resource)
                .setAttempt(attempt)
                .setServiceEndpoint(serviceEndpoint)
                .setBootstrapServers(bootstrapServers)
                .setBlobsUri(blobsUri)
                .setBlobPrefix(blobPrefix)
                .setDeviceDirectory(deviceDirectory);
    }
}
