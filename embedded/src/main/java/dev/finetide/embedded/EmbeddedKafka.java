package dev.finetide.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Runs real Apache Kafka in KRaft mode as one node in a child JVM, on loopback. Data stays in the directory: the
/// next start continues with it, also after `kill -9`, and on any ports.
public final class EmbeddedKafka implements EmbeddedPart {

    private static final int HEAP_MEGABYTES = 256;
    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final Path directory;
    private final int port;
    private final int controllerPort;
    private final Path log;
    private final ProcessGuard guard;
    private Optional<Path> clientSettings = Optional.empty();
    private volatile ChildProcess child;

    /// @param directory      directory for Kafka's data only; created if missing
    /// @param port           port for clients
    /// @param controllerPort port that only Kafka uses
    public EmbeddedKafka(Path directory, int port, int controllerPort, Path log, ProcessGuard guard) {
        this.directory = directory.toAbsolutePath();
        this.port = port;
        this.controllerPort = controllerPort;
        this.log = log;
        this.guard = guard;
    }

    /// Closes the broker to other users of the machine: clients need the password in `file`, which
    /// [#start] writes if there is none. The file has mode 0600 and the settings that every Kafka
    /// client needs, the address included.
    public EmbeddedKafka closed(Path file) {
        clientSettings = Optional.of(file);
        return this;
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /// Starts the broker and returns when it serves clients. After a restart, the broker has all its data.
    ///
    /// @throws StartFailedException if the broker ends before it serves; its log says why
    @Override
    public synchronized ChildProcess start() throws IOException {
        Files.createDirectories(directory);
        List<String> command = new ArrayList<>(JavaCommand.small(HEAP_MEGABYTES));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BrokerProcess.class.getName()));
        command.addAll(List.of(directory.toString(), Integer.toString(port), Integer.toString(controllerPort)));
        if (clientSettings.isPresent()) {
            new KafkaPassword(clientSettings.get()).writeFor(bootstrapServers());
            command.add(clientSettings.get().toString());
        }
        ChildProcess started = ChildProcess.start(
                new ChildProcess.Launch("kafka", command, Map.of(), log, true, "TERM", STOP_TIMEOUT), guard);
        child = started;
        CompletableFuture<Boolean> ready = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> ready.complete(saysReady(started)));
        if (!ready.completeOnTimeout(false, START_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                .join()) {
            started.stop();
            throw new StartFailedException("kafka did not become ready; see " + log);
        }
        return started;
    }

    private static boolean saysReady(ChildProcess child) {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(child.output(), StandardCharsets.UTF_8))) {
            String line = output.readLine();
            while (line != null && !line.equals(BrokerProcess.READY)) {
                line = output.readLine();
            }
            return line != null;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public Optional<ChildProcess> process() {
        return Optional.ofNullable(child);
    }

    /// Stops the broker with its data flushed. A start in progress fails.
    @Override
    public void close() {
        ChildProcess running = child;
        if (running != null) {
            running.stop();
        }
    }
}
