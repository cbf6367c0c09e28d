package dev.finetide.cli.stack;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// State of a running stack, written to `stack.json` in the data directory at every change. Other commands find the
/// stack by this file, and the next start finds the processes that a killed stack left.
///
/// @param pid         pid of `finetide up`
/// @param startMillis start time of that process, which tells it from a later one with the same pid
/// @param ready       whether all parts are ready
public record StackState(long pid, long startMillis, boolean ready, List<Part> parts) {

    /// State of one child process.
    ///
    /// @param name     `kafka`, `postgres`, `dataset-service`, …
    /// @param endpoint host:port for clients
    /// @param health   URL that answers 200 when ready; empty if there is none
    /// @param state    `waiting`, `starting`, `ready`, `stopped`
    /// @param pid      pid of the process, or 0 while there is none
    public record Part(
            String name, String endpoint, String health, String state, long pid, long startMillis, int restarts) {

        boolean isAlive() {
            return pid != 0 && StackState.isAlive(pid, startMillis);
        }
    }

    private static final String FILE = "stack.json";
    private static final long CLOCK_TOLERANCE_MILLIS = 2_000;
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    /// Returns the file with the settings that a Kafka client of the stack on `data` needs.
    public static Path kafkaSettings(Path data) {
        return data.resolve("kafka.properties");
    }

    /// Returns the file with the token of the user of the stack on `data`.
    public static Path userToken(Path data) {
        return StackTokens.in(data).user();
    }

    /// Returns the state of the stack on `data`, if its `finetide up` is alive.
    public static Optional<StackState> running(Path data) throws IOException {
        return read(data).filter(state -> isAlive(state.pid, state.startMillis));
    }

    /// Reads the last state that any stack wrote.
    static Optional<StackState> read(Path data) throws IOException {
        try {
            return Optional.ofNullable(GSON.fromJson(Files.readString(data.resolve(FILE)), StackState.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonParseException e) {
            throw new IOException(data.resolve(FILE) + " is not readable as JSON", e);
        }
    }

    void write(Path data) throws IOException {
        Path aside = data.resolve(FILE + ".new");
        Files.writeString(aside, toJson() + "\n");
        Files.move(aside, data.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static void delete(Path data) throws IOException {
        Files.deleteIfExists(data.resolve(FILE));
    }

    String toJson() {
        return GSON.toJson(this);
    }

    /// Returns the state as JSON on one line.
    String toLine() {
        return new Gson().toJson(this);
    }

    /// Returns host:port of a part, such as `dataset-service` or `kafka`.
    public Optional<String> endpoint(String name) {
        return parts.stream()
                .filter(part -> part.name.equals(name))
                .map(Part::endpoint)
                .findFirst();
    }

    /// Asks every service for its health and returns the updated state. The file may be older than a service's
    /// failure.
    StackState checked() {
        List<Part> now = parts.stream().map(StackState::check).toList();
        return new StackState(
                pid, startMillis, ready && now.stream().allMatch(part -> part.state.equals("ready")), now);
    }

    private static Part check(Part part) {
        boolean serves = part.isAlive() && (part.health.isEmpty() || ServiceProcess.isHealthy(URI.create(part.health)));
        String state = !serves && part.state.equals("ready") ? "not ready" : part.state;
        return new Part(part.name, part.endpoint, part.health, state, part.pid, part.startMillis, part.restarts);
    }

    static boolean isAlive(long pid, long startMillis) {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(process -> Math.abs(startMillis(process) - startMillis) < CLOCK_TOLERANCE_MILLIS)
                .isPresent();
    }

    static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
