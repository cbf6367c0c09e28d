package dev.finetide.kit.launch;

import com.google.protobuf.util.JsonFormat;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/// Runs workers as processes of this machine. Each attempt has a directory with `spec.json`, `worker.log` and `pid`. A
/// worker outlives a restart of the service, which finds the worker again by its pid file. What a
/// worker leaves in its scratch directory is deleted when it has gone.
public final class ChildProcessLauncher implements WorkerLauncher {
    private static final Logger LOG = Logger.getLogger(ChildProcessLauncher.class);

    /// EX_OSERR: the program could not be started, and another try would not help.
    private static final int NOT_STARTED = 71;

    /// The kernel's start time of a process moves a little when the clock is set.
    private static final long START_TOLERANCE_MS = 5_000;

    private record Key(String resource, int attempt) {}

    private final List<String> command;
    private final Path directory;
    private final Duration grace;
    private final Map<Key, ProcessHandle> running = new HashMap<>();
    private volatile Consumer<WorkerExit> listener = exit -> {};

    /// @param command   the worker's program; its command and `--spec FILE` are added
    /// @param directory where attempts keep their files
    /// @param grace     time between SIGTERM and SIGKILL: at least the time that a checkpoint takes
    public ChildProcessLauncher(List<String> command, Path directory, Duration grace) {
        if (command.isEmpty()) {
            throw new IllegalArgumentException("worker command: expected a program, got nothing");
        }
        this.command = List.copyOf(command);
        this.directory = directory.toAbsolutePath();
        this.grace = grace;
    }

    /// @throws IllegalArgumentException if the settings name no program or no directory
    public static ChildProcessLauncher of(WorkerSettings settings, Duration grace) {
        String command = settings.command().orElseThrow(() -> missing("finetide.worker.command"));
        return new ChildProcessLauncher(arguments(command), directory(settings), grace);
    }

    static Path directory(WorkerSettings settings) {
        return settings.directory().orElseThrow(() -> missing("finetide.worker.directory"));
    }

    private static IllegalArgumentException missing(String key) {
        return new IllegalArgumentException(key + ": expected a value where finetide.worker.launcher=process");
    }

    /// Returns the command line in one setting: one argument a line if it has lines, else split at spaces.
    public static List<String> arguments(String setting) {
        return setting.contains("\n")
                ? setting.lines().filter(line -> !line.isEmpty()).toList()
                : List.of(setting.strip().split(" +"));
    }

    @Override
    public void onExit(Consumer<WorkerExit> exits) {
        this.listener = exits;
        Thread.ofVirtual().name("old-scratch").start(this::deleteOldScratch);
    }

    /// Deletes what workers left whose end nobody saw, because no service ran.
    private void deleteOldScratch() {
        try {
            for (Path attempt : AttemptScratch.attempts(directory)) {
                if (Files.exists(attempt.resolve("pid")) && processOf(attempt).isEmpty()) {
                    AttemptScratch.delete(attempt);
                }
            }
        } catch (IOException e) {
            LOG.warn("scratch of earlier workers not found: " + e);
        }
    }

    @Override
    public synchronized void launch(WorkerSpec spec) {
        Key key = new Key(spec.getResource(), spec.getAttempt());
        if (running.containsKey(key)) {
            return;
        }
        try {
            if (Files.exists(files(key).resolve("pid"))) {
                adopt(key);
            } else {
                start(key, spec);
            }
        } catch (IOException failure) {
            // Not thrown: the caller's state is committed already. The caller gets an exit, as for any other worker.
            LOG.error("worker could not be started resource=" + key.resource(), failure);
            note(key, "worker could not be started: " + failure.getMessage());
            tellLater(key, OptionalInt.of(NOT_STARTED));
        }
    }

    private void start(Key key, WorkerSpec spec) throws IOException {
        Path files = files(key);
        Files.createDirectories(files);
        Path file = files.resolve("spec.json");
        writeSecret(file, JsonFormat.printer().print(spec));
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of(WorkerTask.command(spec), "--spec", file.toString()));
        // Somebody waits for what computes on a device; the other workers leave the processors to them.
        ProcessBuilder builder = new ProcessBuilder(WorkerTask.needsDevice(spec) ? line : LowPriority.of(line))
                .directory(files.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        files.resolve("worker.log").toFile()));
        // The service's own settings, its database password among them, must not reach the worker.
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("QUARKUS_") || name.startsWith("FINETIDE_AUTH_"));
        if (!StandardCharsets.UTF_8.name().equals(System.getProperty("sun.jnu.encoding"))) {
            // A worker decodes file names by its locale, and this service's locale knows ASCII at best.
            builder.environment().put("LC_ALL", "C.UTF-8");
        }
        if (!spec.getTraceparent().isEmpty()) {
            builder.environment().put("TRACEPARENT", spec.getTraceparent());
        }
        Process process = builder.start();
        writePid(files, process.toHandle());
        running.put(key, process.toHandle());
        LOG.infof("worker started resource=%s attempt=%d pid=%d", key.resource(), key.attempt(), process.pid());
        process.onExit().thenAccept(ended -> tell(key, OptionalInt.of(ended.exitValue())));
    }

    /// Writes a file that its owner alone may read from its first byte on: the attempt's token is in it.
    private static void writeSecret(Path file, String content) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, content);
    }

    /// Finds a worker that an earlier life of this service started. This process cannot see that worker's exit code.
    private Optional<ProcessHandle> adopt(Key key) {
        Optional<ProcessHandle> alive = processOf(files(key));
        if (alive.isEmpty()) {
            tellLater(key, OptionalInt.empty());
        } else {
            running.put(key, alive.get());
            LOG.infof(
                    "worker found again resource=%s attempt=%d pid=%d",
                    key.resource(), key.attempt(), alive.get().pid());
            alive.get().onExit().thenAccept(ended -> tell(key, OptionalInt.empty()));
        }
        return alive;
    }

    @Override
    public synchronized void stop(String resource, int attempt) {
        Key key = new Key(resource, attempt);
        Optional<ProcessHandle> worker = running.containsKey(key) ? Optional.of(running.get(key)) : adopt(key);
        worker.ifPresent(process -> {
            process.destroy();
            process.onExit()
                    .orTimeout(grace.toMillis(), TimeUnit.MILLISECONDS)
                    .exceptionally(late -> kill(key, process));
        });
    }

    private static ProcessHandle kill(Key key, ProcessHandle process) {
        LOG.warnf("worker did not stop in time, killing it resource=%s attempt=%d", key.resource(), key.attempt());
        process.destroyForcibly();
        return process;
    }

    @Override
    public InputStream log(String resource, int attempt) throws IOException {
        Path log = files(new Key(resource, attempt)).resolve("worker.log");
        return Files.exists(log) ? Files.newInputStream(log) : InputStream.nullInputStream();
    }

    private void tellLater(Key key, OptionalInt exitCode) {
        CompletableFuture.runAsync(() -> tell(key, exitCode));
    }

    private void tell(Key key, OptionalInt exitCode) {
        synchronized (this) {
            running.remove(key);
        }
        LOG.infof(
                "worker ended resource=%s attempt=%d exitCode=%s",
                key.resource(), key.attempt(), exitCode.isPresent() ? exitCode.getAsInt() : "unknown");
        listener.accept(new WorkerExit(key.resource(), key.attempt(), exitCode));
        AttemptScratch.delete(files(key));
    }

    /// Finds the process that a pid file names. The pid alone is not enough: it may belong to another program by now,
    /// so its start time must match, too. A file that a power cut left unreadable names no process.
    private static Optional<ProcessHandle> processOf(Path files) {
        Path file = files.resolve("pid");
        try {
            String[] parts = Files.exists(file) ? Files.readString(file).strip().split(" ") : new String[0];
            if (parts.length != 2) {
                return Optional.empty();
            }
            long started = Long.parseLong(parts[1]);
            return ProcessHandle.of(Long.parseLong(parts[0]))
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> Math.abs(startMillis(process) - started) <= START_TOLERANCE_MS);
        } catch (IOException | NumberFormatException unreadable) {
            LOG.warn("worker's pid cannot be read file=" + file + ": " + unreadable.getMessage());
            return Optional.empty();
        }
    }

    private static void writePid(Path files, ProcessHandle process) throws IOException {
        Path aside = files.resolve("pid.tmp");
        Files.writeString(aside, process.pid() + " " + startMillis(process) + "\n");
        Files.move(aside, files.resolve("pid"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private void note(Key key, String line) {
        try {
            Files.createDirectories(files(key));
            Files.write(
                    files(key).resolve("worker.log"),
                    (line + "\n").getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.warn("worker log cannot be written resource=" + key.resource() + ": " + e.getMessage());
        }
    }

    private Path files(Key key) {
        return directory.resolve(key.resource().replace('/', '-')).resolve("attempt-" + key.attempt());
    }
}
