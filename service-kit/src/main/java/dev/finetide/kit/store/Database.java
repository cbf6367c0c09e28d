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
    private final Jdbi jdbi;
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
        T result = jdbi.inTransaction(handle -> {
            transaction.set(new Transaction(handle, afterCommit));
            try {
                return work.get();
            } finally {
                transaction.remove();
            }
        });
        afterCommit.forEach(Runnable::run);
        return result;
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
        return current != null ? query.apply(current.handle()) : jdbi.withHandle(query::apply);
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
