package dev.finetide.kit.launch;

import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Launches workers that do nothing by themselves: a test decides how each ends. Exits are reported on the caller's
/// thread.
public final class FakeLauncher implements WorkerLauncher {
    private final Map<String, WorkerSpec> running = new LinkedHashMap<>();
    private final Map<String, OptionalInt> ended = new LinkedHashMap<>();
    private final Map<String, WorkerStatus> standings = new HashMap<>();
    private final List<WorkerSpec> started = new ArrayList<>();
    private final List<String> stopped = new ArrayList<>();
    private Consumer<WorkerExit> listener = exit -> {};

    @Override
    public synchronized void launch(WorkerSpec spec) {
        String key = key(spec.getResource(), spec.getAttempt());
        if (ended.containsKey(key)) {
            listener.accept(new WorkerExit(spec.getResource(), spec.getAttempt(), OptionalInt.empty()));
        } else if (running.putIfAbsent(key, spec) == null) {
            started.add(spec);
        }
    }

    @Override
    public synchronized void stop(String resource, int attempt) {
        if (running.containsKey(key(resource, attempt))) {
            stopped.add(key(resource, attempt));
        } else {
            listener.accept(new WorkerExit(resource, attempt, OptionalInt.empty()));
        }
    }

    @Override
    public synchronized Optional<WorkerStatus> status(String resource, int attempt) {
        return Optional.ofNullable(standings.get(key(resource, attempt)));
    }

    /// Lets the cluster hold the attempt's worker, or release it.
    public synchronized void stand(String resource, int attempt, WorkerStatus status) {
        standings.put(key(resource, attempt), status);
    }

    @Override
    public void onExit(Consumer<WorkerExit> exits) {
        this.listener = exits;
    }

    @Override
    public InputStream log(String resource, int attempt) {
        return new ByteArrayInputStream(("log of attempt " + attempt + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /// Ends the attempt's process.
    public void exit(String resource, int attempt, int exitCode) {
        synchronized (this) {
            running.remove(key(resource, attempt));
            ended.put(key(resource, attempt), OptionalInt.of(exitCode));
        }
        listener.accept(new WorkerExit(resource, attempt, OptionalInt.of(exitCode)));
    }

    /// Ends the attempt's worker for a cause that the launcher knows.
    public void exit(String resource, int attempt, ExitCause cause) {
        synchronized (this) {
            running.remove(key(resource, attempt));
            ended.put(key(resource, attempt), OptionalInt.empty());
        }
        listener.accept(new WorkerExit(resource, attempt, OptionalInt.empty(), Optional.of(cause)));
    }

    /// Ends the attempt's process while the service is down.
    public synchronized void exitUnseen(String resource, int attempt) {
        running.remove(key(resource, attempt));
        ended.put(key(resource, attempt), OptionalInt.empty());
    }

    /// Returns the specifications of all processes that were started, in order.
    public synchronized List<WorkerSpec> started() {
        return List.copyOf(started);
    }

    /// Returns `resource#attempt` of all running workers that were asked to stop.
    public synchronized List<String> stopped() {
        return List.copyOf(stopped);
    }

    private static String key(String resource, int attempt) {
        return resource + "#" + attempt;
    }
}
