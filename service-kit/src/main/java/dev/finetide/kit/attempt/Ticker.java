package dev.finetide.kit.attempt;

import dev.finetide.kit.error.FatalErrors;
import dev.finetide.kit.store.Database;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;

/// Runs a service's periodic decisions on one replica at a time. That replica holds a PostgreSQL advisory lock, on a
/// connection of its own, for as long as it lives.
public final class Ticker implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Ticker.class);

    /// The work of a tick.
    public interface Task {
        /// Called when this process has just become the one that ticks.
        void takeOver();

        void tick();
    }

    private final String name;
    private final Database database;
    private final Duration every;
    private final Task task;
    private final Semaphore nudges = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closed;

    /// @param every time between two ticks when nobody calls [#nudge]
    public Ticker(Database database, Duration every, Task task) {
        this("ticker", database, every, task);
    }

    /// @param name name of the work, for a service that has several tickers
    public Ticker(String name, Database database, Duration every, Task task) {
        this.name = name;
        this.database = database;
        this.every = every;
        this.task = task;
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /// Makes the next tick come without waiting for its time, because something has changed.
    public void nudge() {
        nudges.release();
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.interrupt();
        thread.join(TimeUnit.SECONDS.toMillis(5));
    }

    private void run() {
        while (!closed) {
            try (Handle handle = database.open()) {
                lead(handle);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error failure) {
                FatalErrors.endProcessAfter(failure);
                if (!closed) {
                    LOG.warn("ticks interrupted, trying again: " + failure);
                    pause();
                }
            }
        }
    }

    private void lead(Handle handle) throws InterruptedException {
        while (!tryLock(handle)) {
            TimeUnit.MILLISECONDS.sleep(every.toMillis());
        }
        try {
            task.takeOver();
            while (!closed) {
                handle.execute("select 1"); // without its connection this process no longer holds the lock
                tick();
                nudges.tryAcquire(every.toMillis(), TimeUnit.MILLISECONDS);
                nudges.drainPermits();
            }
        } finally {
            // The connection goes back to the pool and must not keep the lock.
            handle.execute("select pg_advisory_unlock_all()");
        }
    }

    private void tick() {
        try {
            task.tick();
        } catch (RuntimeException | Error failure) {
            FatalErrors.endProcessAfter(failure);
            if (Database.isUnavailable(failure)) {
                throw failure;
            }
            LOG.error("tick failed", failure); // a bug; the next tick must still serve all other work
        }
    }

    private boolean tryLock(Handle handle) {
        return handle.createQuery("select pg_try_advisory_lock(hashtext(:name || '_' || current_schema()))")
                .bind("name", name)
                .mapTo(Boolean.class)
                .one();
    }

    private void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
