package dev.finetide.cli.stack;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.embedded.JavaCommand;
import dev.finetide.embedded.Sessions;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A `finetide up` that lives on when its caller returns.
final class DetachedStack {

    private static final int HEAP_MEGABYTES = 256;

    private final Path data;
    private final List<String> arguments;

    /// @param arguments the command line of the `up` in the background
    DetachedStack(Path data, List<String> arguments) {
        this.data = data;
        this.arguments = List.copyOf(arguments);
    }

    /// Returns when it is ready.
    ///
    /// @throws CommandFailedException with the words of the `up` in the background if it could not start
    void start(PrintWriter out) throws IOException, InterruptedException {
        Path log = data.resolve("logs").resolve("up.log");
        // A reset deletes the logs, so what this start says goes to a file beside first.
        Path words = Files.createTempFile("finetide-up-", ".log");
        Process up = launch(words);
        Optional<StackState> state = Optional.empty();
        while (up.isAlive() && state.filter(StackState::ready).isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(100);
            state = StackState.running(data).filter(running -> running.pid() == up.pid());
        }
        if (state.filter(StackState::ready).isEmpty()) {
            String said = Files.readString(words).strip();
            Files.delete(words);
            throw new CommandFailedException(exitCode(up.waitFor()), said.substring(said.indexOf("finetide: ") + 10));
        }
        Files.move(words, log, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        StackTable.print(state.get(), out);
        out.println("running in the background (pid " + up.pid() + "); finetide down --data " + data + " stops it");
        out.flush();
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
