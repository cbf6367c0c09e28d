package dev.finetide.cli.stack;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.embedded.Stopwatch;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Implements `finetide down`.
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description = {
            "Stops the stack that finetide up started; its data is kept.",
            "Returns when every process has ended. Does nothing if none runs."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  finetide down", "  finetide down --data /tmp/try"})
public final class DownCommand implements Callable<Integer> {

    private static final Duration STOP_WITHIN = Duration.ofSeconds(60);

    @Spec
    private CommandSpec command;

    @Mixin
    private DataDirectory data;

    private DownCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = command.commandLine().getOut();
        Optional<Long> pid = StackLock.holder(data.path());
        if (pid.isEmpty()) {
            out.println("nothing runs on " + data.path());
            return 0;
        }
        ProcessHandle.of(pid.get()).ifPresent(ProcessHandle::destroy);
        Stopwatch waited = Stopwatch.start();
        while (StackLock.holder(data.path()).isPresent()) {
            if (waited.hasPassed(STOP_WITHIN)) {
                throw CommandFailedException.failed("finetide up (pid " + pid.get() + ") on " + data.path()
                        + " has not stopped after " + STOP_WITHIN.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        out.println("stopped");
        return 0;
    }
}
