package dev.finetide.dataset.record;

import java.io.Closeable;
import java.time.Duration;
import java.util.function.Supplier;

/// Interrupts calls of a library that stand still: hardwood waits for ever for pages of some damaged files. For the
/// calls of one thread at a time.
final class StallGuard implements Closeable {
    private final Duration limit;
    private final Thread watch;
    private Thread caller;
    private long since;
    private boolean stalled;

    /// @param limit time after which a call stands still
    StallGuard(Duration limit) {
        this.limit = limit;
        // The library's virtual threads may keep all processors that virtual threads have.
        this.watch = Thread.ofPlatform().daemon().name("parquet-watch").start(this::watch);
    }

    /// Makes a call, and interrupts it if it stands still.
    ///
    /// @throws IllegalStateException if it stood still
    <T> T call(Supplier<T> call) {
        begin();
        try {
            return call.get();
        } finally {
            end();
        }
    }

    /// Runs a call on a thread of its own, and leaves it alone if it stands still.
    void callAside(Runnable call) {
        Thread aside = Thread.ofPlatform().daemon().name("parquet-close").start(call);
        try {
            aside.join(limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        watch.interrupt();
    }

    private synchronized void begin() {
        caller = Thread.currentThread();
        since = System.nanoTime();
    }

    private synchronized void end() {
        caller = null;
        if (stalled) {
            // The interrupt was meant for the call alone.
            Thread.interrupted();
            throw new IllegalStateException("the call stood still");
        }
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(limit.dividedBy(4));
                interruptStalled();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void interruptStalled() {
        if (caller != null && System.nanoTime() - since > limit.toNanos()) {
            stalled = true;
            caller.interrupt();
        }
    }
}
