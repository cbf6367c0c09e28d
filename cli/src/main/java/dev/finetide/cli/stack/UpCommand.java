package dev.finetide.cli.stack;

import dev.finetide.cli.CommandFailedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Implements `finetide up`.
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Starts Kafka, PostgreSQL and the four services on this machine, and keeps them running.",
            "Each is a separate process on 127.0.0.1 and is started again if it ends. Data is kept between starts."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide up                          until Ctrl-C",
            "  finetide up --detach                 in the background; then finetide status, finetide down",
            "  finetide up --data /tmp/try --reset  with another data directory, emptied first",
            "  finetide up --port-offset 1000       gRPC on 10101 to 10104 instead of 9101 to 9104",
            "",
            "Ports: gRPC 9101 dataset, 9102 training, 9103 eval, 9104 registry; HTTP (health, metrics) 8101 to 8104;",
            "Kafka 9192 and 9193, PostgreSQL 9132.",
            "",
            "FINETIDE_BLOBS_URI in the environment names a blob store to use instead of the data directory. If also",
            "FINETIDE_WORKER_LAUNCHER=kubernetes is set, workers run as Jobs of the cluster of KUBECONFIG (k8s/README.md)."
        })
public final class UpCommand implements Callable<Integer> {

    @Spec
    private CommandSpec command;

    @Mixin
    private DataDirectory data;

    @Option(names = "--reset", description = "Delete the data first.")
    private boolean reset;

    @Option(names = "--detach", description = "Return when everything is ready and leave it running.")
    private boolean detach;

    @ArgGroup(multiplicity = "0..1")
    private Ports ports = new Ports();

    private static final class Ports {
        @Option(
                names = "--port-offset",
                paramLabel = "N",
                defaultValue = "0",
                description = "Move all ports up by N, 0 to 50000.")
        private int offset;

        @Option(names = "--free-ports", description = "Take any free ports; finetide status shows them.")
        private boolean free;
    }

    private UpCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (ports.offset < 0 || ports.offset > 50_000) {
            throw new ParameterException(
                    command.commandLine(), "--port-offset " + ports.offset + " is not between 0 and 50000");
        }
        PrintWriter out = command.commandLine().getOut();
        if (detach) {
            new DetachedStack(data.path(), arguments()).start(out);
            return 0;
        }
        Path home = home();
        List<ServiceProgram> programs = ServiceProgram.allBuiltIn(home);
        StackPorts where = ports.free ? StackPorts.free(programs) : StackPorts.fixed(programs, ports.offset);
        runUntilStopped(
                new LocalStack(StackOptions.builtIn(home, data.path(), reset, where), line -> printLine(out, line)),
                out);
        return 0;
    }

    /// Runs the stack until Ctrl-C or SIGTERM shuts the JVM down. The shutdown hook stops the stack, and the JVM
    /// waits.
    private void runUntilStopped(LocalStack stack, PrintWriter out) throws IOException, InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            printLine(out, "stopping");
            stack.close();
            printLine(out, "stopped");
            stopped.countDown();
        });
        Runtime.getRuntime().addShutdownHook(hook);
        printLine(out, "starting in " + data.path());
        try {
            stack.start();
        } catch (IOException | RuntimeException e) {
            if (!removeHook(hook)) {
                // After Ctrl-C, the hook stops the started parts; the failed start is no error.
                stopped.await();
            }
            throw e;
        }
        StackTable.print(stack.state(), out);
        printLine(out, "ready; Ctrl-C stops everything");
        stopped.await();
    }

    private static boolean removeHook(Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return false;
        }
    }

    private List<String> arguments() {
        java.util.ArrayList<String> arguments =
                new java.util.ArrayList<>(List.of("up", "--data", data.path().toString()));
        if (reset) {
            arguments.add("--reset");
        }
        arguments.addAll(
                ports.free ? List.of("--free-ports") : List.of("--port-offset", Integer.toString(ports.offset)));
        return arguments;
    }

    /// Returns the project's directory, which the launcher script passes.
    static Path home() {
        String home = System.getProperty("finetide.home");
        if (home == null) {
            throw CommandFailedException.failed("start this command with the finetide script of the project");
        }
        return Path.of(home);
    }

    private static synchronized void printLine(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }
}
