package dev.finetide.cli.stack;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.embedded.DirectoryTree;
import dev.finetide.embedded.EmbeddedPart;
import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.ProcessGuard;
import dev.finetide.embedded.SecretFile;
import dev.finetide.embedded.Sessions;
import dev.finetide.embedded.Stopwatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Runs the whole system on one machine: Kafka, PostgreSQL and the services, each as a child process on loopback,
/// until [#close]. `finetide up` and `finetide demo` use this class.
///
/// The children end with this process, however it ends, and the next start needs no cleaning. [#close] may be called
/// from another thread at any time. A [#start] that still runs then fails.
public final class LocalStack implements AutoCloseable {

    private static final Duration LEFTOVERS_END_WITHIN = Duration.ofSeconds(10);

    private final StackOptions options;
    private final Consumer<String> report;
    private final Stopwatch created = Stopwatch.start();
    private final List<SupervisedPart> services = new ArrayList<>();
    private StackLock lock;
    private ProcessGuard guard;
    private SupervisedPart kafka;
    private SupervisedPart postgres;
    private volatile boolean ready;
    private volatile boolean closed;

    /// @param report receives a line for each thing that happens, from any thread
    public LocalStack(StackOptions options, Consumer<String> report) {
        this.options = options;
        this.report = report;
    }

    /// Starts everything and returns when every part serves.
    ///
    /// @throws CommandFailedException if another stack runs on the same data, a port is in use or a part
    ///     cannot start; then no part keeps running
    public void start() throws IOException, InterruptedException {
        try {
            open();
            kafka.begin();
            postgres.begin();
            await(postgres);
            services.forEach(SupervisedPart::begin);
            await(kafka);
            for (SupervisedPart service : services) {
                await(service);
            }
            ready = true;
            save();
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private synchronized void open() throws IOException, InterruptedException {
        Path data = options.data();
        if (options.reset()) {
            requireOurs(data);
        }
        lock = StackLock.acquire(data);
        SecretFile.close(data); // rows, models and passwords are the user's alone
        endLeftovers();
        if (options.reset()) {
            DirectoryTree.delete(data, path -> !path.equals(data) && !StackLock.isMark(path));
        }
        requireFreePorts();
        StackTokens.in(data).make();
        guard = ProcessGuard.start();
        StackParts parts = new StackParts(options, guard, this::save);
        kafka = supervised("kafka", parts.kafka());
        EmbeddedPostgres database = parts.postgres();
        postgres = supervised("postgres", database);
        for (ServiceProgram program : options.services()) {
            services.add(supervised(program.partName(), parts.service(program, database)));
        }
    }

    private SupervisedPart supervised(String name, EmbeddedPart part) {
        SupervisedPart supervised = new SupervisedPart(name, part, report, this::save);
        supervised
                .firstReady()
                .thenRun(() -> report.accept(String.format(
                        "%-17s ready after %.1f s", name, created.elapsed().toMillis() / 1e3)));
        return supervised;
    }

    private void await(SupervisedPart part) throws IOException, InterruptedException {
        Duration left = options.readyWithin().minus(created.elapsed());
        try {
            part.firstReady().get(Math.max(0, left.toMillis()), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw CommandFailedException.failed(
                    "cannot start the stack: " + e.getCause().getMessage());
        } catch (TimeoutException e) {
            throw CommandFailedException.failed("cannot start the stack: " + part.name() + " was not ready after "
                    + options.readyWithin().toSeconds() + " s; see "
                    + options.data().resolve("logs"));
        }
    }

    /// Returns the address and the state of every part.
    public synchronized StackState state() {
        ProcessHandle self = ProcessHandle.current();
        StackPorts ports = options.ports();
        List<StackState.Part> parts = new ArrayList<>();
        parts.add(kafka.describe(StackParts.address(ports.kafka()), ""));
        parts.add(postgres.describe(StackParts.address(ports.postgres()), ""));
        for (int i = 0; i < services.size(); i++) {
            StackPorts.Service of =
                    ports.services().get(options.services().get(i).name());
            parts.add(services.get(i)
                    .describe(
                            StackParts.address(of.grpc()), StackParts.health(of).toString()));
        }
        return new StackState(self.pid(), StackState.startMillis(self), ready && !closed, parts);
    }

    /// Writes the state to the data directory. A failure is only reported, because the parts' threads call this
    /// method and must keep supervising when the disk is full.
    private synchronized void save() {
        if (closed || lock == null || services.size() < options.services().size()) {
            return;
        }
        try {
            state().write(options.data());
        } catch (IOException e) {
            report.accept("cannot write the state of the stack: " + e);
        }
    }

    /// Stops the services, then Kafka, then PostgreSQL, with all their child processes. Returns when all have
    /// ended.
    @Override
    public void close() {
        List<SupervisedPart> stopping;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            stopping = List.copyOf(services);
        }
        CompletableFuture.allOf(stopping.stream()
                        .map(service -> CompletableFuture.runAsync(
                                service::stop, task -> Thread.ofPlatform().start(task)))
                        .toArray(CompletableFuture[]::new))
                .join();
        Stream.of(Optional.ofNullable(kafka), Optional.ofNullable(postgres))
                .flatMap(Optional::stream)
                .forEach(SupervisedPart::stop);
        release();
    }

    private synchronized void release() {
        try {
            if (guard != null) {
                guard.close();
            }
            if (lock != null) {
                StackState.delete(options.data());
                lock.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits for the processes of a killed stack to end, then kills those that remain. The guard of that stack
    /// normally ends them, but it takes a moment, and it may have been killed, too.
    private void endLeftovers() throws IOException, InterruptedException {
        Optional<StackState> before = StackState.read(options.data());
        if (before.isEmpty()) {
            return;
        }
        Stopwatch waited = Stopwatch.start();
        for (StackState.Part part : before.get().parts()) {
            while (part.isAlive() && !waited.hasPassed(LEFTOVERS_END_WITHIN)) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            if (part.isAlive()) {
                report.accept("ending " + part.name() + " (pid " + part.pid() + ") of a stack that was killed");
                Sessions.signal(part.pid(), "KILL");
            }
        }
        StackState.delete(options.data());
    }

    private void requireFreePorts() {
        for (Map.Entry<Integer, String> port : options.ports().owners().entrySet()) {
            if (!FreePorts.isFree(port.getKey())) {
                throw CommandFailedException.refused("port " + port.getKey() + " (" + port.getValue()
                        + ") is in use by another program: stop that, or start with --port-offset N or --free-ports");
            }
        }
    }

    private static void requireOurs(Path data) throws IOException {
        if (!Files.exists(data) || StackLock.isMarked(data)) {
            return;
        }
        try (Stream<Path> files = Files.list(data)) {
            if (files.findAny().isPresent()) {
                throw CommandFailedException.refused(
                        "--reset would delete " + data + ", which is no data directory of Finetide");
            }
        }
    }
}
