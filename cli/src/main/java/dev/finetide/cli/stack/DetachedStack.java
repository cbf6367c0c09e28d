package dev.finetide.cli.stack;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.embedded.JavaCommand;
import dev.finetide.embedded.Sessions;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Runs `finetide up` in the background, where it continues when its caller returns.
final class DetachedStack {

    private static final int HEAP_MEGABYTES = 256;

    /// Beginning of the line in which a command says why it failed.
    private static final String ERROR = "finetide: ";

    private final Path data;
    private final List<String> arguments;

    /// @param arguments command line of the `up` in the background
    DetachedStack(Path data, List<String> arguments) {
        this.data = data;
        this.arguments = List.copyOf(arguments);
    }

    /// Starts the stack and returns when it is ready.
    ///
    /// @throws CommandFailedException with the message of the `up` in the background if it could not start
    void start(PrintWriter out) throws IOException, InterruptedException {
        // The log starts next to the data directory, because a reset deletes the contents of that directory.
        Files.createDirectories(data.getParent());
        Path words = Files.createTempFile(data.getParent(), "finetide-up-", ".log");
        Process up = launch(words);
        Thread onInterrupt = new Thread(() -> end(up, words));
        Runtime.getRuntime().addShutdownHook(onInterrupt);
        StackState state = awaitReady(up, words);
        Runtime.getRuntime().removeShutdownHook(onInterrupt);
        Files.move(words, data.resolve("logs").resolve("up.log"), StandardCopyOption.REPLACE_EXISTING);
        StackTable.print(state, out);
        out.println("running in the background (pid " + up.pid() + "); finetide down --data " + data + " stops it");
        out.flush();
    }

    private StackState awaitReady(Process up, Path words) throws IOException, InterruptedException {
        while (up.isAlive()) {
            Optional<StackState> state =
                    StackState.running(data).filter(running -> running.pid() == up.pid() && running.ready());
            if (state.isPresent()) {
                return state.get();
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        String reason = Files.readAllLines(words).stream()
                .filter(line -> line.startsWith(ERROR))
                .map(line -> line.substring(ERROR.length()))
                .collect(Collectors.joining("; "));
        throw new CommandFailedException(
                exitCode(up.exitValue()), reason.isEmpty() ? "the stack ended while it started" : reason);
    }

    private static void end(Process up, Path words) {
        up.destroy();
        try {
            up.waitFor();
            Files.deleteIfExists(words);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Process launch(Path words) throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.small(HEAP_MEGABYTES));
        command.add("-Dfinetide.home=" + UpCommand.home());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.finetide.cli.Main"));
        command.addAll(arguments);
        return new ProcessBuilder(Sessions.detached(command))
                .redirectInput(Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(words.toFile())
                .start();
    }

    private static ExitCode exitCode(int status) {
        return Arrays.stream(ExitCode.values())
                .filter(code -> code.number() == status && code != ExitCode.DONE)
                .findFirst()
                .orElse(ExitCode.FAILED);
    }
}
