package dev.finetide.kit.launch;

import dev.finetide.kit.auth.AttemptTokens;
import dev.finetide.proto.worker.v1.WorkerSpec;

/// The addresses and tokens that this service's workers need: the part of every [WorkerSpec] that no run decides.
///
/// @param serviceEndpoint  host:port of the service's own gRPC server
/// @param bootstrapServers host:port of the Kafka broker
/// @param blobsUri         URI of the blob store
/// @param deviceDirectory  directory of device locks that this machine's workers share; empty where a cluster schedules
/// @param tokens           tokens of the service's attempts
public record WorkerSite(
        String serviceEndpoint,
        String bootstrapServers,
        String blobsUri,
        String deviceDirectory,
        AttemptTokens tokens) {
    /// Returns the directory of device locks for workers: none on a cluster, which assigns devices itself.
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

    /// Returns the specification of one attempt, still without its task.
    public WorkerSpec.Builder spec(String resource, int attempt, String blobPrefix) {
        return WorkerSpec.newBuilder()
                .setResource(resource)
                .setAttempt(attempt)
                .setServiceEndpoint(serviceEndpoint)
                .setBootstrapServers(bootstrapServers)
                .setBlobsUri(blobsUri)
                .setBlobPrefix(blobPrefix)
                .setDeviceDirectory(deviceDirectory)
                .setAttemptToken(tokens.of(resource, attempt));
    }
}
