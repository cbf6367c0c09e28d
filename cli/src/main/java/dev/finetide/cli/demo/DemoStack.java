package dev.finetide.cli.demo;

import dev.finetide.cli.client.Endpoints;
import dev.finetide.cli.client.Tokens;
import dev.finetide.cli.files.UnfinishedDirectory;
import dev.finetide.cli.stack.LocalStack;
import dev.finetide.cli.stack.ServiceProgram;
import dev.finetide.cli.stack.StackOptions;
import dev.finetide.cli.stack.StackPorts;
import dev.finetide.cli.stack.StackState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Consumer;

/// A separate stack for the demo, on free ports, with its data in a temporary directory. Nothing remains after
/// [#close], or after the process was told to stop at any moment.
final class DemoStack implements AutoCloseable {
    private final LocalStack stack;
    private final Path data;
    private final boolean keepData;
    private final Thread teller = Thread.currentThread();
    private final Consumer<String> report;
    private final Thread onExit = new Thread(this::interrupt, "end-demo");
    private boolean ended;
    private volatile boolean interrupted;

    private DemoStack(Path home, boolean keepData, Consumer<String> report) throws IOException {
        String name = "finetide-demo-" + UUID.randomUUID().toString().substring(0, 8);
        this.data = Path.of(System.getProperty("java.io.tmpdir")).resolve(name);
        this.keepData = keepData;
        this.report = report;
        this.stack = new LocalStack(
                StackOptions.builtIn(home, data, false, StackPorts.free(ServiceProgram.allBuiltIn(home))), report);
    }

    /// Prepares a stack without starting it. From now on, telling the process to stop also ends the stack.
    ///
    /// @param report receives a line for each thing that the parts do
    static DemoStack prepare(Path home, boolean keepData, Consumer<String> report) throws IOException {
        DemoStack demo = new DemoStack(home, keepData, report);
        Runtime.getRuntime().addShutdownHook(demo.onExit);
        return demo;
    }

    void start() throws IOException, InterruptedException {
        stack.start();
    }

    Endpoints endpoints() {
        return Endpoints.of(stack.state());
    }

    /// Returns what the demo proves itself with to its own stack.
    Tokens tokens() {
        return Tokens.ofLocalStack(StackState.userToken(data));
    }

    Path data() {
        return data;
    }

    /// Tells whether the process was told to stop. Later failures are only a result of that.
    boolean isInterrupted() {
        return interrupted;
    }

    private void interrupt() {
        interrupted = true;
        report.accept("stopping everything");
        teller.interrupt();
        end();
    }

    private synchronized void end() {
        if (!ended) {
            ended = true;
            stack.close();
            if (!keepData) {
                UnfinishedDirectory.deleteTree(data);
            }
        }
    }

    @Override
    public void close() {
        end();
        if (!interrupted) {
            try {
                Runtime.getRuntime().removeShutdownHook(onExit);
            } catch (IllegalStateException stopping) {
                // the hook finds nothing left to do
            }
        }
    }
}
