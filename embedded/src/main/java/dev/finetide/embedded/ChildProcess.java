package dev.finetide.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A running child process. The child leads its own process group, writes to a log file, and ends with this process.
/// Thread-safe.
public final class ChildProcess {

    private static final long ROTATE_BYTES = 16L << 20;

    /// The command to start and the way to stop it.
    ///
    /// @param environment  variables added to this process's environment
    /// @param log          file to append the errors to, and the output unless `outputPiped`
    /// @param outputPiped  whether the output is read with [#output] instead
    /// @param stopSignal   signal that asks the child to end: `TERM`, or `INT` for PostgreSQL
    /// @param stopTimeout  time between that signal and SIGKILL
    public record Launch(
            String name,
            List<String> command,
            Map<String, String> environment,
            Path log,
            boolean outputPiped,
            String stopSignal,
            Duration stopTimeout) {

        public Launch {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    private final Launch launch;
    private final Process process;
    private final Instant startTime;

    private ChildProcess(Launch launch, Process process) {
        this.launch = launch;
        this.process = process;
        this.startTime = process.info().startInstant().orElseGet(Instant::now);
    }

    /// Starts the child, guarded from its start on.
    public static ChildProcess start(Launch launch, ProcessGuard guard) throws IOException {
        prepare(launch.log());
        Redirect log = Redirect.appendTo(launch.log().toFile());
        ProcessBuilder builder = new ProcessBuilder(Sessions.detached(launch.command()))
                .redirectError(log)
                .redirectOutput(launch.outputPiped() ? Redirect.PIPE : log);
        builder.environment().putAll(launch.environment());
        Process process = builder.start();
        try {
            guard.add(process.pid(), launch.stopSignal());
        } catch (IOException e) {
            process.destroyForcibly();
            throw e;
        }
        ChildProcess child = new ChildProcess(launch, process);
        // This runs on a separate thread, because it waits for the guard and the common pool must not wait.
        process.onExit()
                .thenRunAsync(
                        () -> child.release(guard),
                        task -> Thread.ofPlatform().daemon().start(task));
        return child;
    }

    private void release(ProcessGuard guard) {
        try {
            guard.leaderEnded(process.pid());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void prepare(Path log) throws IOException {
        Files.createDirectories(log.toAbsolutePath().getParent());
        if (Files.exists(log) && Files.size(log) > ROTATE_BYTES) {
            Files.move(log, Path.of(log + ".1"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    public String name() {
        return launch.name();
    }

    public long pid() {
        return process.pid();
    }

    /// Returns the start time, which tells this process from a later one with the same pid.
    public Instant startTime() {
        return startTime;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public Path log() {
        return launch.log();
    }

    /// Returns a future of the exit status, which is 128 + n after signal n.
    public CompletableFuture<Integer> onExit() {
        return process.onExit().thenApply(Process::exitValue);
    }

    InputStream output() {
        return process.getInputStream();
    }

    /// Asks the child and its own children to end, waits, and kills those that remain. Returns when all have ended.
    public void stop() {
        try {
            Sessions.signal(pid(), launch.stopSignal());
            if (!process.waitFor(launch.stopTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
                Sessions.signal(pid(), "KILL");
            }
            process.waitFor();
            Stopwatch waited = Stopwatch.start();
            while (!Sessions.isEmpty(pid())) {
                if (waited.hasPassed(launch.stopTimeout())) {
                    Sessions.signal(pid(), "KILL");
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /// Tells whether the child has ended while processes that it started still run.
    public boolean hasLeftBehind() {
        try {
            return !isAlive() && !Sessions.isEmpty(pid());
        } catch (IOException e) {
            return false;
        }
    }

    /// Ends the child at once, as `kill -9` does, and waits for its end.
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}
