package dev.finetide.kit.launch;

import dev.finetide.blobs.BlobLender;
import dev.finetide.kit.auth.AttemptTokens;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Makes the collaborators that services with workers are built with.
final class WorkerBeans {
    private WorkerBeans() {}

    @Produces
    @Singleton
    static BlobLending lending(
            @ConfigProperty(name = "finetide.blobs.uri") URI blobs,
            @ConfigProperty(name = "finetide.blobs.worker-role") Optional<String> role) {
        return new BlobLending(BlobLender.open(blobs, role));
    }

    @Produces
    @Singleton
    static WorkerSite site(
            @ConfigProperty(name = "finetide.advertised-endpoint") String endpoint,
            @ConfigProperty(name = "kafka.bootstrap.servers") String bootstrapServers,
            @ConfigProperty(name = "finetide.blobs.uri") String blobs,
            WorkerSettings workers,
            AttemptTokens tokens) {
        return new WorkerSite(endpoint, bootstrapServers, blobs, WorkerSite.deviceDirectory(workers), tokens);
    }
}
