package dev.finetide.kit.rpc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Limits how many calls work at the same time, and shares the places between clients. A free place
/// goes to the client that has the fewest, and among those to the call that has waited longest. A
/// client that sends too slowly loses its place as soon as somebody waits for one; while nobody waits,
/// it keeps it. Thread-safe.
public final class Places {
    /// Time that a client may be silent while others wait.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /// Time that each byte earns: a client that sends 16 KiB a second is never too slow.
    private static final long NANOS_A_BYTE = 1_000_000_000L / (16 << 10);

    private final int count;
    private final Duration patience;
    private final List<Waiter> waiting = new ArrayList<>();
    private final Map<String, Integer> takenByClient = new HashMap<>();
    private int taken;
    private int leaving;

    private record Waiter(String client, long number) {}

    private long arrivals;

    /// @param count number of places, 1 or more
    public Places(int count) {
        this(count, PATIENCE);
    }

    /// @param patience time that a client may be silent while others wait
    Places(int count, Duration patience) {
        if (count < 1) {
            throw new IllegalArgumentException("places: expected 1 or more, got " + count);
        }
        this.count = count;
        this.patience = patience;
    }

    /// Waits for a place for the client of this thread's call. The place is given back when it is
    /// closed.
    public Place enter() throws InterruptedException {
        return enter(CalledMethod.client());
    }

    synchronized Place enter(String client) throws InterruptedException {
        Waiter waiter = new Waiter(client, arrivals++);
        waiting.add(waiter);
        try {
            while (taken >= count || !waiter.equals(next())) {
                wait();
            }
            taken++;
            takenByClient.merge(client, 1, Integer::sum);
            return new Place(client);
        } finally {
            waiting.remove(waiter);
            notifyAll();
        }
    }

    private Waiter next() {
        return waiting.stream()
                .min(Comparator.comparingInt((Waiter waiter) -> takenByClient.getOrDefault(waiter.client(), 0))
                        .thenComparingLong(Waiter::number))
                .orElseThrow();
    }

    /// Returns the number of calls that wait.
    synchronized int waiting() {
        return waiting.size();
    }

    /// Returns the number of free places.
    synchronized int free() {
        return count - taken;
    }

    private synchronized boolean leave() {
        if (waiting.size() <= leaving) {
            return false;
        }
        leaving++;
        return true;
    }

    private synchronized void release(String client, boolean left) {
        taken--;
        takenByClient.computeIfPresent(client, (_, places) -> places == 1 ? null : places - 1);
        leaving -= left ? 1 : 0;
        notifyAll();
    }

    /// A place that a call has. Used by one thread.
    public final class Place implements AutoCloseable {
        private final String client;
        private long credit = patience.toNanos();
        private boolean left;
        private boolean closed;

        private Place(String client) {
            this.client = client;
        }

        /// Notes time in which the client sent nothing. Returns whether the call must give its place to
        /// one that waits.
        boolean mustLeaveAfter(long silentNanos) {
            credit -= silentNanos;
            left = left || credit < 0 && leave();
            return left;
        }

        /// Notes bytes that the client has sent.
        void received(int bytes) {
            credit = Math.min(patience.toNanos(), credit + bytes * NANOS_A_BYTE);
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                release(client, left);
            }
        }
    }
}
