package dev.finetide.kit.attempt;

import dev.finetide.kit.launch.WorkerLauncher;
import dev.finetide.kit.launch.WorkerLauncher.ExitCause;
import dev.finetide.kit.launch.WorkerLauncher.WorkerExit;
import dev.finetide.kit.launch.WorkerLauncher.WorkerStatus;
import dev.finetide.kit.time.Moment;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.work.v1.WorkWaiting;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Keeps what this process knows about a service's workers. Decisions stand in the database. This class only gives each
/// order to the launcher once in the process's life, and keeps the exits that the launcher reports until a tick has
/// looked at them. All of it may be forgotten at any time: the launcher then gets the orders again, and reports the
/// exits again. Thread-safe.
public final class Workers {
    /// The end of a worker's process.
    ///
    /// @param code  exit code; empty when nobody saw it
    /// @param cause cause that the launcher knows in addition to the code
    /// @param time  moment at which this process noticed the end
    public record Exit(OptionalInt code, Optional<ExitCause> cause, Moment time) {
        /// Exit code of a worker that its service no longer takes for the writer.
        private static final int OUTDATED = 69;

        public Exit(OptionalInt code, Moment time) {
            this(code, Optional.empty(), time);
        }

        /// Returns whether somebody watched the process end, so that its last report is not far behind.
        boolean isSeen() {
            return code.isPresent() || cause.isPresent();
        }

        /// Returns whether the process ended because another one had claimed its attempt: that one goes on.
        boolean isOfOutdatedWorker() {
            return code.isPresent() && code.getAsInt() == OUTDATED;
        }

        boolean isSuccess() {
            return code.isPresent() && code.getAsInt() == 0 && cause.isEmpty();
        }
    }

    private record Key(String resource, int attempt) {}

    private final WorkerLauncher launcher;
    private final Set<Key> launched = ConcurrentHashMap.newKeySet();
    private final Set<Key> stopped = ConcurrentHashMap.newKeySet();
    private final Map<Key, Exit> exits = new ConcurrentHashMap<>();

    public Workers(WorkerLauncher launcher, Supplier<Moment> now) {
        this.launcher = launcher;
        launcher.onExit(exit -> exits.putIfAbsent(key(exit), new Exit(exit.exitCode(), exit.cause(), now.get())));
    }

    /// Forgets everything. Called when this process has just become the one that decides: what it did earlier may no
    /// longer be true.
    public void forget() {
        launched.clear();
        stopped.clear();
        exits.clear();
    }

    /// Starts the attempt's worker, or finds the one that an earlier life of the service started. Stops the previous
    /// attempt's worker first: that worker can no longer write, but may still hold the device.
    public void ensureLaunched(WorkerSpec spec) {
        Key key = new Key(spec.getResource(), spec.getAttempt());
        if (launched.contains(key)) {
            return;
        }
        if (spec.getAttempt() > 1) {
            ensureStopped(spec.getResource(), spec.getAttempt() - 1);
        }
        launcher.launch(spec);
        launched.add(key);
    }

    /// Returns whether this process has launched the attempt's worker, or found it.
    public boolean isLaunched(String resource, int attempt) {
        return launched.contains(new Key(resource, attempt));
    }

    /// Asks the attempt's worker to stop, unless it was asked or has ended already.
    public void ensureStopped(String resource, int attempt) {
        Key key = new Key(resource, attempt);
        if (!stopped.contains(key) && !exits.containsKey(key)) {
            launcher.stop(resource, attempt);
            stopped.add(key);
        }
    }

    public Optional<Exit> exit(String resource, int attempt) {
        return Optional.ofNullable(exits.get(new Key(resource, attempt)));
    }

    /// Returns where the attempt's worker stands; empty if the worker is over or the launcher does not know.
    ///
    /// @param held why the worker was held, if it was; a worker that the launcher does not see yet is still held
    public Optional<WorkerStatus> status(String resource, int attempt, Optional<WorkWaiting> held) {
        Optional<WorkerStatus> seen =
                exit(resource, attempt).isPresent() ? Optional.empty() : launcher.status(resource, attempt);
        return seen.or(() -> held.map(why ->
                new WorkerStatus(WorkerStatus.Kind.QUEUED, 0, WorkReason.WORK_REASON_UNSPECIFIED, why.getMessage())));
    }

    /// Forgets all other resources and stops their workers, because those resources need none.
    public void retain(Collection<String> resources) {
        Set<String> wanted = Set.copyOf(resources);
        launcher.retain(wanted);
        launched.removeIf(key -> !wanted.contains(key.resource()));
        stopped.removeIf(key -> !wanted.contains(key.resource()));
        exits.keySet().removeIf(key -> !wanted.contains(key.resource()));
    }

    /// Opens the log that the attempt's worker has written so far.
    public InputStream log(String resource, int attempt) throws IOException {
        return launcher.log(resource, attempt);
    }

    private static Key key(WorkerExit exit) {
        return new Key(exit.resource(), exit.attempt());
    }
}
