package dev.finetide.kit.event;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/// Shows parked events in the readiness, as data. The service stays ready: all its other events go out, and a service
/// that is taken out of work by one event would be stopped by it.
@Readiness
@Singleton
final class OutboxCheck implements HealthCheck {
    private final OutboxRelay relay;

    OutboxCheck(OutboxRelay relay) {
        this.relay = relay;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("outbox")
                .up()
                .withData("parked", relay.parked())
                .build();
    }
}
