package dev.finetide.kit.store;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// Gives access to a service's schema. A transaction belongs to the thread: the store and the outbox that are called
/// inside [#transact] join it, so that a state and its event are written together or not at all. Thread-safe.
@Singleton
public final class Database {
    private static final String DISK_FULL = "53100";
    private static final String CHARACTER_NOT_IN_REPERTOIRE = "22021";
    private static final String UNTRANSLATABLE_CHARACTER = "22P05";

    private final Jdbi jdbi;
    private final FullDisk disk = new FullDisk(this::hasRoom);
    private final ThreadLocal<Transaction> transaction = new ThreadLocal<>();

    private record Transaction(Handle handle, List<Runnable> afterCommit) {}

    @Inject
    public Database(DataSource dataSource) {
        this.jdbi = Jdbi.create(dataSource);
    }

    /// Runs `work` in the thread's transaction, and opens one if there is none. Rolls back when `work` throws.
    public <T> T transact(Supplier<T> work) {
        if (transaction.get() != null) {
            return work.get();
        }
        List<Runnable> afterCommit = new ArrayList<>();
        T result = noticing(() -> jdbi.inTransaction(handle -> {
            transaction.set(new Transaction(handle, afterCommit));
            try {
                return work.get();
            } finally {
                transaction.remove();
            }
        }));
        afterCommit.forEach(Runnable::run);
        return result;
    }

    /// Returns whether the database's disk is full, and for how long it stays so.
    public FullDisk disk() {
        return disk;
    }

    private <T> T noticing(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException failure) {
            if (isFull(failure)) {
                disk.seenFull();
            }
            throw failure;
        }
    }

    /// Writes 256 KiB that are dropped again: only new pages show that a file can grow.
    private boolean hasRoom() {
        try {
            jdbi.useTransaction(handle -> {
                handle.execute("create temporary table room (filler text) on commit drop");
                handle.execute("alter table room alter column filler set storage plain");
                handle.execute("insert into room select repeat('x', 4000) from generate_series(1, 64)");
            });
            return true;
        } catch (RuntimeException failure) {
            return !isFull(failure) && !isUnavailable(failure);
        }
    }

    /// Runs `action` once the thread's transaction has committed, never if it is rolled back. Without a transaction,
    /// runs it immediately. An action may only count or wake: a crash between commit and action loses it.
    public void afterCommit(Runnable action) {
        Transaction current = transaction.get();
        if (current == null) {
            action.run();
        } else {
            current.afterCommit().add(action);
        }
    }

    /// Runs `query` on the thread's transaction, or on a connection of its own.
    public <T> T with(Function<Handle, T> query) {
        Transaction current = transaction.get();
        return current != null ? query.apply(current.handle()) : noticing(() -> jdbi.withHandle(query::apply));
    }

    /// Keeps other transactions of the service that lock the same name waiting until the thread's
    /// transaction ends.
    public void lock(String name) {
        with(handle -> handle.select(
                        "select pg_advisory_xact_lock(hashtextextended(? || ' ' || current_schema(), 0))::text", name)
                .mapTo(String.class)
                .list());
    }

    /// Opens a connection outside any transaction; the caller closes it.
    public Handle open() {
        return jdbi.open();
    }

    /// Returns whether this failure means "the database is away", which passes, and not "the statement is wrong", which
    /// does not.
    public static boolean isUnavailable(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectionException
                    || cause instanceof SQLTransientException
                    || cause instanceof SQLNonTransientConnectionException
                    || cause instanceof SQLException sql && passes(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    /// Returns whether PostgreSQL has no space left on its disk. The failure passes when there is room.
    public static boolean isFull(Throwable failure) {
        return hasState(failure, DISK_FULL);
    }

    /// Returns whether a text holds a character that PostgreSQL cannot store, such as NUL.
    public static boolean isUnstorable(Throwable failure) {
        return hasState(failure, CHARACTER_NOT_IN_REPERTOIRE) || hasState(failure, UNTRANSLATABLE_CHARACTER);
    }

    private static boolean hasState(Throwable failure, String state) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && state.equals(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    /// Returns whether a failure with this SQLSTATE passes. These classes do: 08 connection, 57 operator intervention
    /// (shutdown, starting up), 53 no resources, 40 serialization or deadlock.
    private static boolean passes(String state) {
        return state != null
                && (state.startsWith("08")
                        || state.startsWith("57")
                        || state.startsWith("53")
                        || state.startsWith("40"));
    }
}
