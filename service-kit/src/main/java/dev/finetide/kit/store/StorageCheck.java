package dev.finetide.kit.store;

import jakarta.inject.Singleton;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/// Says that the service is not ready while a disk that it writes to is full. It is ready again by itself.
@Readiness
@Singleton
final class StorageCheck implements HealthCheck {
    private final StorageSpace space;

    StorageCheck(StorageSpace space) {
        this.space = space;
    }

    @Override
    public HealthCheckResponse call() {
        List<String> full = space.full();
        HealthCheckResponseBuilder answer =
                HealthCheckResponse.named("disks with room").status(full.isEmpty());
        full.forEach(part -> answer.withData(part, "full"));
        return answer.build();
    }
}
