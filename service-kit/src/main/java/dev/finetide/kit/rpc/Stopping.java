package dev.finetide.kit.rpc;

import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Ends the open calls of a service that stops, before its database and its broker are closed under them. From the
/// beginning of the stop on, a call that cannot end well is UNAVAILABLE, which tells its client to try again.
/// Thread-safe.
@Singleton
public final class Stopping {
    /// Time that calls have to end: an upload may be about to commit.
    private static final Duration CALLS_END_WITHIN = Duration.ofSeconds(3);

    private final Set<Call<?>> open = new HashSet<>();
    private boolean begun;

    synchronized void enter(Call<?> call) {
        open.add(call);
    }

    synchronized void leave(Call<?> call) {
        open.remove(call);
        notifyAll();
    }

    synchronized boolean hasBegun() {
        return begun;
    }

    /// Stops all calls that wait for something, refuses new ones, and waits a short time for those that work.
    void begin(@Observes @Priority(1) ShutdownEvent event) throws InterruptedException {
        for (Call<?> call : beginAndList()) {
            call.stop();
        }
        awaitEnd();
    }

    private synchronized List<Call<?>> beginAndList() {
        begun = true;
        return List.copyOf(open);
    }

    private synchronized void awaitEnd() throws InterruptedException {
        long end = System.nanoTime() + CALLS_END_WITHIN.toNanos();
        for (long left = CALLS_END_WITHIN.toNanos(); !open.isEmpty() && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
