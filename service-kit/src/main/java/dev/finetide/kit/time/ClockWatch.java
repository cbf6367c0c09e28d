package dev.finetide.kit.time;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/// Ends this service when its clock is set back, so that whoever runs it starts it again. Kafka's clients measure their
/// waits by that clock: after a step back they neither poll nor send heartbeats nor read offsets until the clock shows
/// the old time again. A clock that is set forward does them no harm.
@Singleton
public final class ClockWatch {
    private static final Logger LOG = Logger.getLogger(ClockWatch.class);

    /// A step that a consumer's session survives.
    private static final Duration HARMLESS = Duration.ofSeconds(3);

    /// EX_TEMPFAIL: another start helps.
    private static final int START_AGAIN = 75;

    private final Clock clock;
    private final Supplier<Moment> now;
    private final Runnable leave;
    private Instant origin;
    private Thread thread;

    ClockWatch(Clock clock) {
        this(clock, Moment::now, () -> Quarkus.asyncExit(START_AGAIN));
    }

    ClockWatch(Clock clock, Supplier<Moment> now, Runnable leave) {
        this.clock = clock;
        this.now = now;
        this.leave = leave;
        this.origin = origin();
    }

    /// Returns the time that the clock would have shown when this process's moments began.
    private Instant origin() {
        return clock.instant().minusNanos(now.get().nanos());
    }

    /// Compares the clock with the time that has gone by, and ends the service after a step back.
    void check() {
        Instant before = origin;
        origin = origin();
        Duration back = Duration.between(origin, before);
        if (back.compareTo(HARMLESS) > 0) {
            LOG.warnf("the clock was set back, starting again seconds=%d", back.toSeconds());
            leave.run();
        }
    }

    void start(@Observes StartupEvent event) {
        thread = Thread.ofVirtual().name("clock-watch").start(this::run);
    }

    void stop(@Observes ShutdownEvent event) {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                TimeUnit.SECONDS.sleep(1);
                check();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
