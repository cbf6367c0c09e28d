package dev.finetide.kit.store;

import dev.finetide.kit.error.FatalErrors;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// Receives the notifications (PostgreSQL's NOTIFY) that transactions of any process send. One thread and one
/// connection listen for the whole process. After the connection was lost, the thread listens again and then asks every
/// listener to look at everything, because notifications of the time between are lost. Thread-safe.
@Singleton
public final class Notifications implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Notifications.class);
    private static final int WAIT_MS = 500;
    private static final int WAITS_BETWEEN_CHECKS = 10;

    /// A connection that answers nothing for this long counts as lost.
    private static final int ANSWER_WITHIN_MS = 10_000;

    /// The channels of a service's schema.
    public enum Channel {
        /// Rows were written to the outbox. A trigger notifies, without a payload.
        OUTBOX,
        /// A resource has new updates. The payload is the resource's name.
        UPDATES,
        /// The copy of a project has changed. The payload is the project's name.
        PROJECTS;

        private final String prefix = name().toLowerCase(Locale.ROOT) + "_";
    }

    /// Receives notifications on the listening thread, and so must return immediately.
    public interface Listener {
        /// @param payload text that the transaction sent
        void notified(String payload);

        /// Called when notifications may have been lost.
        void resumed();
    }

    private final Database database;
    private final Map<Channel, List<Listener>> listeners = new EnumMap<>(Channel.class);
    private final Thread thread =
            Thread.ofPlatform().name("notifications").daemon().unstarted(this::run);
    private volatile boolean closed;

    public Notifications(Database database) {
        this.database = database;
        for (Channel channel : Channel.values()) {
            listeners.put(channel, new CopyOnWriteArrayList<>());
        }
    }

    /// Notifies all processes once the thread's transaction has committed, never if it is rolled back. A transaction
    /// that sends the same payload twice notifies once.
    public static void send(Database database, Channel channel, String payload) {
        database.with(handle -> handle.execute("select pg_notify(? || current_schema(), ?)", channel.prefix, payload));
    }

    /// Adds a listener for the rest of the process's life.
    public void listen(Channel channel, Listener listener) {
        listeners.get(channel).add(listener);
    }

    public void start() {
        thread.start();
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.interrupt();
        thread.join(3_000);
    }

    void start(@Observes StartupEvent event) {
        start();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        close();
    }

    private void run() {
        while (!closed) {
            try (Handle handle = database.open()) {
                hear(handle);
            } catch (SQLException | RuntimeException | Error failure) {
                FatalErrors.endProcessAfter(failure);
                if (!closed) {
                    LOG.warn("notifications interrupted, listening again: " + failure);
                    pause();
                }
            }
        }
    }

    private void hear(Handle handle) throws SQLException {
        handle.getConnection().setNetworkTimeout(ForkJoinPool.commonPool(), ANSWER_WITHIN_MS);
        String schema = handle.createQuery("select current_schema()")
                .mapTo(String.class)
                .one();
        for (Channel channel : Channel.values()) {
            handle.execute("listen \"" + channel.prefix + schema + "\"");
        }
        try {
            listeners.values().forEach(all -> tell(all, Listener::resumed));
            PGConnection connection = handle.getConnection().unwrap(PGConnection.class);
            for (int waits = 1; !closed; waits++) {
                PGNotification[] heard = connection.getNotifications(WAIT_MS);
                if (heard != null) {
                    for (PGNotification notification : heard) {
                        pass(notification, schema);
                    }
                }
                if (waits % WAITS_BETWEEN_CHECKS == 0) {
                    handle.execute("select 1"); // only a query shows that the peer has vanished
                }
            }
        } finally {
            // The connection goes back to the pool, and its next user must not get notifications.
            handle.execute("unlisten *");
        }
    }

    private void pass(PGNotification notification, String schema) {
        listeners.forEach((channel, all) -> {
            if (notification.getName().equals(channel.prefix + schema)) {
                tell(all, listener -> listener.notified(notification.getParameter()));
            }
        });
    }

    private static void tell(List<Listener> listeners, Consumer<Listener> news) {
        for (Listener listener : listeners) {
            try {
                news.accept(listener);
            } catch (RuntimeException | Error bug) {
                FatalErrors.endProcessAfter(bug);
                LOG.error("a listener failed", bug); // the other listeners must still be called
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }
}
