package dev.finetide.kit.store;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Remembers that a disk was full, from the first write that failed until a probe finds room. Probes only when it is
/// asked, and not more often than every two seconds. Thread-safe.
public final class FullDisk {
    private static final Duration BETWEEN_PROBES = Duration.ofSeconds(2);

    private final BooleanSupplier hasRoom;
    private boolean full;
    private long probedAt;

    /// @param hasRoom writes a little, and returns whether that was possible
    FullDisk(BooleanSupplier hasRoom) {
        this.hasRoom = hasRoom;
    }

    synchronized void seenFull() {
        full = true;
        probedAt = System.nanoTime();
    }

    public synchronized boolean isFull() {
        if (full && System.nanoTime() - probedAt >= BETWEEN_PROBES.toNanos()) {
            full = !hasRoom.getAsBoolean();
            probedAt = System.nanoTime();
        }
        return full;
    }
}
