package dev.finetide.kit.limit;

import dev.finetide.kit.auth.CalledProject;
import dev.finetide.kit.auth.Identity;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Counts what each project does at the same time in this process, and refuses more than its [Limits]
/// allow. Thread-safe.
@Singleton
public final class Slots {
    private static final Slot FREE = () -> {};

    private final Limits limits;
    private final Map<Use, Integer> taken = new HashMap<>();

    public Slots(Limits limits) {
        this.limits = limits;
    }

    private record Use(Limit limit, String project) {}

    /// Something that a project does. It counts until it is closed; a second close does nothing.
    public interface Slot extends AutoCloseable {
        @Override
        void close();
    }

    /// Takes a slot for the project that the thread's call names. Workers are not counted: they read for
    /// work that the project was allowed to begin.
    ///
    /// @param things the things in words: "uploads at once"
    /// @throws dev.finetide.kit.error.ApiException QUOTA_EXCEEDED
    public Slot take(Limit limit, String things) {
        Optional<String> project = CalledProject.current();
        boolean worker = Identity.current()
                .filter(caller -> caller.kind() == Identity.Kind.WORKER)
                .isPresent();
        return project.isEmpty() || worker ? FREE : take(limit, project.get(), things);
    }

    private synchronized Slot take(Limit limit, String project, String things) {
        Use use = new Use(limit, project);
        limits.checkOneMore(limit, project, taken(use), things);
        taken.merge(use, 1, Integer::sum);
        AtomicBoolean closed = new AtomicBoolean();
        return () -> {
            if (closed.compareAndSet(false, true)) {
                giveBack(use);
            }
        };
    }

    private synchronized void giveBack(Use use) {
        taken.computeIfPresent(use, (_, count) -> count == 1 ? null : count - 1);
    }

    private int taken(Use use) {
        return taken.getOrDefault(use, 0);
    }

    /// Returns the number of slots that a project has.
    public synchronized int taken(Limit limit, String project) {
        return taken(new Use(limit, project));
    }
}
