package dev.finetide.cli.worker;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.output.Printable;
import dev.finetide.embedded.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Runs a gpu-worker in a separate process, so that the command line never loads libtorch.
public final class WorkerProcess {
    private static final String WARNING = "warning: ";
    private static final int KEPT_ERROR_LINES = 20;

    private final Path home;

    /// @param home directory of the repository or installation, with `gpu-worker/target`
    public WorkerProcess(Path home) {
        this.home = home;
    }

    /// Returns the directory of the repository or installation, which the `finetide` script passes.
    public static Path home() {
        return Path.of(System.getProperty("finetide.home", "."))
                .toAbsolutePath()
                .normalize();
    }

    /// @param arguments the worker's command, such as `generate`, and its options
    /// @param json      receives every JSON line of the worker's standard output at once
    /// @throws CommandFailedException REFUSED if the worker refuses its input, FAILED if the worker fails
    public void run(List<String> arguments, Consumer<String> json) throws IOException {
        Process worker = new ProcessBuilder(command(arguments)).start();
        Thread onExit = new Thread(worker::destroyForcibly, "end-worker");
        Runtime.getRuntime().addShutdownHook(onExit);
        Deque<String> errors = new ArrayDeque<>();
        Thread reader = Thread.ofVirtual().start(() -> keepLast(worker, errors));
        try (BufferedReader out = worker.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("{")) {
                    json.accept(line);
                }
            }
            int status = worker.waitFor();
            reader.join();
            if (status != 0) {
                throw failed(status, List.copyOf(errors));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailedException.failed("interrupted");
        } finally {
            worker.destroyForcibly();
            removeHook(onExit);
        }
    }

    private List<String> command(List<String> arguments) {
        Path classes = home.resolve("gpu-worker/target/classes");
        if (!Files.isDirectory(classes)) {
            throw CommandFailedException.notFound(
                    "the gpu-worker is not built: " + classes + " does not exist; run ./mvnw package in " + home);
        }
        List<String> command = new ArrayList<>(program(home));
        command.addAll(arguments);
        return command;
    }

    /// Returns the command of the worker that was built below `home`. The worker computes for minutes, so unlike
    /// the services it uses the optimising compiler.
    ///
    /// The young generation is small, because its garbage counts as memory in use.
    public static List<String> program(Path home) {
        return List.of(
                JavaCommand.executable(),
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-Xmx1g",
                "-Xms48m",
                "-Xmn24m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                home.resolve("gpu-worker/target/lib") + "/*:" + home.resolve("gpu-worker/target/classes")
                        + usersMetrics(System.getenv()),
                "dev.finetide.worker.Main");
    }

    /// Returns the class path of the user's own metrics, with a colon before it; empty without them.
    static String usersMetrics(Map<String, String> environment) {
        String jars = environment.getOrDefault("FINETIDE_METRICS_JARS", "");
        return jars.isBlank() ? "" : ":" + jars;
    }

    /// Keeps the worker's last error lines, and prints its warnings at once.
    private static void keepLast(Process worker, Deque<String> errors) {
        try (BufferedReader err =
                new BufferedReader(new InputStreamReader(worker.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = err.readLine(); line != null; line = err.readLine()) {
                if (line.startsWith(WARNING)) {
                    System.err.println("finetide: " + Printable.line(line));
                }
                if (errors.size() == KEPT_ERROR_LINES) {
                    errors.removeFirst();
                }
                errors.addLast(line);
            }
        } catch (IOException e) {
            errors.addLast("(the worker's errors could not be read: " + e.getMessage() + ")");
        }
    }

    /// Takes the message from the worker's last line with its name, or else shows all of its error output.
    private static CommandFailedException failed(int status, List<String> errors) {
        return errors.stream()
                .filter(line -> line.startsWith("gpu-worker: "))
                .reduce((first, last) -> last)
                .map(CommandFailedException::refused)
                .orElseGet(() -> new CommandFailedException(
                        ExitCode.FAILED, "the gpu-worker ended with status " + status, errors, null));
    }

    private static void removeHook(Thread onExit) {
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException stopping) {
            // the shutdown hook is already running
        }
    }
}
