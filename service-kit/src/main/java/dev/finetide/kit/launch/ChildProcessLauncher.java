package dev.finetide.kit.launch;

import com.google.protobuf.util.JsonFormat;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/// Workers as processes of this machine. Each attempt has a directory with `spec.json`, `worker.log` and `pid`; a
/// worker outlives a restart of the service, which finds it again by its pid file.
public final class ChildProcessLauncher implements WorkerLauncher {
    private static final Logger LOG = Logger.getLogger(ChildProcessLauncher.class);

    /// glibc otherwise maps and unmaps every large tensor anew and all its pages fault; measured in
    /// benchmarks/README.md.
    private static final Map<String, String> ALLOCATOR =
            Map.of("MALLOC_MMAP_MAX_", "0", "MALLOC_TRIM_THRESHOLD_", "17179869184", "MALLOC_TOP_PAD_", "268435456");

    private final List<String> command;
    private final Path directory;
    private final Duration grace;
    private final Map<String, ProcessHandle> running = new ConcurrentHashMap<>();
    private volatile Consumer<WorkerExit> listener = exit -> {};

    /// @param command   the worker's program; `train --spec FILE` or `evaluate --spec FILE` is added
    /// @param directory where attempts keep their files
    /// @param grace     between SIGTERM and SIGKILL: at least the time of a checkpoint
    public ChildProcessLauncher(List<String> command, Path directory, Duration grace) {
        this.command = List.copyOf(command);
        this.directory = directory;
        this.grace = grace;
    }

    @Override
    public void onExit(Consumer<WorkerExit> exits) {
        this.listener = exits;
    }

    @Override
    public void launch(WorkerSpec spec) {
        Path attempt = attemptDirectory(spec.getResource(), spec.getAttempt());
        try {
            if (Files.exists(attempt.resolve("pid"))) {
                adopt(spec.getResource(), spec.getAttempt(), attempt);
                return;
            }
            Files.createDirectories(attempt);
            Path file = attempt.resolve("spec.json");
            Files.writeString(file, JsonFormat.printer().print(spec));
            List<String> line = new ArrayList<>(command);
            line.addAll(List.of(spec.hasTrain() ? "train" : "evaluate", "--spec", file.toString()));
            ProcessBuilder builder = new ProcessBuilder(line)
                    .directory(attempt.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            attempt.resolve("worker.log").toFile()));
            builder.environment().putAll(ALLOCATOR);
            Process process = builder.start();
            writePid(attempt, process.toHandle());
            running.put(key(spec.getResource(), spec.getAttempt()), process.toHandle());
            LOG.infof(
                    "worker started resource=%s attempt=%d pid=%d",
                    spec.getResource(), spec.getAttempt(), process.pid());
            process.onExit()
                    .thenAccept(ended ->
                            tellExit(spec.getResource(), spec.getAttempt(), OptionalInt.of(ended.exitValue())));
        } catch (IOException e) {
            LOG.error("worker could not be started resource=" + spec.getResource(), e);
            // Not thrown: the caller's state is committed already. It hears of an exit like any other.
            CompletableFuture.runAsync(() -> tellExit(spec.getResource(), spec.getAttempt(), OptionalInt.of(71)));
        }
    }

    /// A worker that an earlier life of this service started.
    private void adopt(String resource, int attempt, Path files) throws IOException {
        if (running.containsKey(key(resource, attempt))) {
            return;
        }
        Optional<ProcessHandle> alive = processOf(files);
        if (alive.isEmpty()) {
            CompletableFuture.runAsync(() -> tellExit(resource, attempt, OptionalInt.empty()));
            return;
        }
        if (running.putIfAbsent(key(resource, attempt), alive.get()) == null) {
            LOG.infof(
                    "worker found again resource=%s attempt=%d pid=%d",
                    resource, attempt, alive.get().pid());
            alive.get().onExit().thenAccept(ended -> tellExit(resource, attempt, OptionalInt.empty()));
        }
    }

    @Override
    public void stop(String resource, int attempt) {
        try {
            Optional<ProcessHandle> alive = processOf(attemptDirectory(resource, attempt));
            alive.ifPresent(process -> {
                process.destroy();
                process.onExit()
                        .orTimeout(grace.toMillis(), TimeUnit.MILLISECONDS)
                        .exceptionally(late -> {
                            LOG.warnf(
                                    "worker did not stop in time, killing it resource=%s attempt=%d",
                                    resource, attempt);
                            process.destroyForcibly();
                            return process;
                        });
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the pid of " + resource + " attempt " + attempt, e);
        }
    }

    @Override
    public InputStream log(String resource, int attempt) throws IOException {
        Path log = attemptDirectory(resource, attempt).resolve("worker.log");
        return Files.exists(log) ? Files.newInputStream(log) : InputStream.nullInputStream();
    }

    private void tellExit(String resource, int attempt, OptionalInt exitCode) {
        running.remove(key(resource, attempt));
        LOG.infof(
                "worker ended resource=%s attempt=%d exitCode=%s",
                resource, attempt, exitCode.isPresent() ? exitCode.getAsInt() : "unknown");
        listener.accept(new WorkerExit(resource, attempt, exitCode));
    }

    /// The pid alone is not enough: it may belong to another program by now, so its start time must match too.
    private static Optional<ProcessHandle> processOf(Path attempt) throws IOException {
        Path file = attempt.resolve("pid");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String[] parts = Files.readString(file).strip().split(" ");
        return ProcessHandle.of(Long.parseLong(parts[0]))
                .filter(ProcessHandle::isAlive)
                .filter(process -> startMillis(process) == Long.parseLong(parts[1]));
    }

    private static void writePid(Path attempt, ProcessHandle process) throws IOException {
        Path aside = attempt.resolve("pid.tmp");
        Files.writeString(aside, process.pid() + " " + startMillis(process) + "\n");
        Files.move(aside, attempt.resolve("pid"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String key(String resource, int attempt) {
        return resource + "#" + attempt;
    }

    private Path attemptDirectory(String resource, int attempt) {
        return directory.resolve(resource.replace('/', '-')).resolve("attempt-" + attempt);
    }
}
