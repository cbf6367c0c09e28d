package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.TokenFile;
import dev.finetide.proto.event.KafkaSettings;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.model.v1.ModelServiceGrpc;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc;
import dev.finetide.proto.work.v1.State;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A whole stack that `finetide up` started, as a user starts it. Parts are killed by their process ids
/// in the stack's state file.
final class RunningStack implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /// Whether dataset-service makes a report for each version that is published.
    static final String REPORTS = "DATASET_REPORTS_ON_PUBLICATION";

    private static final Duration START = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Path data;
    private final Path log;
    private final Process up;
    private final Finetide finetide;

    private RunningStack(Path data, Path log, Process up, Finetide finetide) {
        this.data = data;
        this.log = log;
        this.up = up;
        this.finetide = finetide;
    }

    static RunningStack start(Path directory) throws IOException {
        return start(directory, Map.of());
    }

    /// Starts a stack that makes no reports about datasets on its own, unless the environment asks for them: they are
    /// work that few tests look at. Its workers compute with one thread, because two test classes share two cores:
    /// threads that wait for each other would take a third more of them.
    ///
    /// @param asked environment of `finetide up` and what it starts
    static RunningStack start(Path directory, Map<String, String> asked) throws IOException {
        Map<String, String> environment = new HashMap<>(asked);
        environment.putIfAbsent(REPORTS, "false");
        environment.putIfAbsent("FINETIDE_THREADS", "1");
        Path data = directory.resolve("data");
        Path log = directory.resolve("up.log");
        Finetide finetide = new Finetide(data, environment);
        Process up = finetide.start(log, "up", "--data", data.toString(), "--free-ports");
        RunningStack stack = new RunningStack(data, log, up, finetide);
        await().atMost(START).until(() -> {
            if (!up.isAlive()) {
                throw new AssertionError("finetide up ended: " + Finetide.read(log));
            }
            return stack.state().path("ready").asBoolean();
        });
        return stack;
    }

    Finetide finetide() {
        return finetide;
    }

    Path data() {
        return data;
    }

    String log() {
        return Finetide.read(log);
    }

    String endpoint(String part) {
        return part(part).path("endpoint").asText();
    }

    /// Returns a channel to a service, whose calls are those of the stack's owner. The caller shuts it down.
    ManagedChannel channel(String service) {
        return NettyChannelBuilder.forTarget(endpoint(service))
                .usePlaintext()
                .intercept(owner())
                .build();
    }

    /// Waits by gRPC, where a command would start a JVM for each look, until a run is in one of these states.
    ///
    /// @throws AssertionError if the run fails or is cancelled
    void awaitRun(String run, State... states) {
        ask(
                "training-service",
                channel -> await().atMost(PATIENCE)
                        .ignoreExceptionsMatching(e -> isOneOf(e, Status.Code.UNAVAILABLE))
                        .until(
                                () -> TrainingRunServiceGrpc.newBlockingStub(channel)
                                        .withWaitForReady()
                                        .getTrainingRun(GetTrainingRunRequest.newBuilder()
                                                .setName(run)
                                                .build()),
                                now -> {
                                    assertThat(now.getState())
                                            .as("%s", now.getError())
                                            .isNotIn(State.FAILED, State.CANCELLED);
                                    return Set.of(states).contains(now.getState());
                                }));
    }

    /// Waits until the registry has approved a version, or holds it for a reviewer.
    void awaitDecided(String version) {
        ask(
                "registry-service",
                channel -> await().atMost(PATIENCE)
                        .ignoreExceptionsMatching(e -> isOneOf(e, Status.Code.NOT_FOUND, Status.Code.UNAVAILABLE))
                        .until(() -> {
                            ModelVersion now = ModelServiceGrpc.newBlockingStub(channel)
                                    .withWaitForReady()
                                    .getModelVersion(GetModelVersionRequest.newBuilder()
                                            .setName(version)
                                            .build());
                            return now.hasReport()
                                    && Set.of(ModelVersion.State.APPROVED, ModelVersion.State.PENDING_APPROVAL)
                                            .contains(now.getState());
                        }));
    }

    private static boolean isOneOf(Throwable failure, Status.Code... codes) {
        return Set.of(codes).contains(Status.fromThrowable(failure).getCode());
    }

    /// Returns as soon as training-service knows a step of a run that goes on.
    void awaitStep(String run, int step) {
        ask("training-service", channel -> TrainingUpdates.awaitStep(channel, run, step));
    }

    /// Asks a service as the stack's owner, by a channel that is shut down afterwards.
    void ask(String service, Consumer<ManagedChannel> question) {
        ManagedChannel channel = channel(service);
        try {
            question.accept(channel);
        } finally {
            channel.shutdownNow();
        }
    }

    /// Returns what makes the calls of a channel those of the stack's owner.
    ClientInterceptor owner() {
        return BearerToken.onEveryCall(() -> TokenFile.read(data.resolve("auth/token")));
    }

    /// Returns the settings with which the owner of the stack connects to its broker.
    Map<String, Object> kafka() {
        return KafkaSettings.read(data.resolve("kafka.properties"));
    }

    /// Returns the file with those settings, of a stack that was started in `directory`.
    static Path kafkaSettings(Path directory) {
        return directory.resolve("data/kafka.properties").toAbsolutePath();
    }

    /// Returns host:port of a service's health and metrics.
    String http(String part) {
        return URI.create(part(part).path("health").asText()).getAuthority();
    }

    /// Kills one part with `kill -9`; returns when the supervisor has another process of the part ready.
    void kill(String name) {
        long before = part(name).path("pid").asLong();
        ProcessHandle.of(before).orElseThrow().destroyForcibly();
        await().atMost(START).until(() -> {
            JsonNode part = part(name);
            return part.path("pid").asLong() != before
                    && part.path("state").asText().equals("ready");
        });
    }

    /// Starts a second process of a service.
    Replica replica(String name) throws IOException {
        return Replica.of(part(name).path("pid").asLong(), data.resolveSibling(name + "-2.log"));
    }

    /// Sends a signal (`STOP`, `CONT`, `KILL`) to one part, or to `up`, which restarts parts that end.
    void signal(String name, String signal) throws IOException, InterruptedException {
        long pid = name.equals("up") ? up.pid() : part(name).path("pid").asLong();
        signal(pid, signal);
    }

    static void signal(long pid, String signal) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                .start()
                .waitFor();
        if (code != 0) {
            throw new AssertionError("kill -" + signal + " " + pid + ": exit code " + code);
        }
    }

    /// Returns a worker that runs now for this resource, or for any resource of this kind: `datasetReports`.
    Optional<ProcessHandle> worker(String resource) throws IOException {
        return workers(resource.replace('/', '-')).stream().findFirst();
    }

    private List<ProcessHandle> workers(String part) throws IOException {
        Path workers = data.resolve("workers");
        if (!Files.exists(workers)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(workers)) {
            return files.filter(file -> file.endsWith("pid") && file.toString().contains(part))
                    .map(file -> Long.parseLong(Finetide.read(file).split(" ")[0]))
                    .flatMap(pid -> ProcessHandle.of(pid).stream())
                    .filter(ProcessHandle::isAlive)
                    .toList();
        }
    }

    /// Returns every process of the stack, `finetide up` first.
    List<ProcessHandle> processes() throws IOException {
        Stream<ProcessHandle> parts = Stream.concat(
                Stream.of(up.toHandle()),
                Stream.iterate(0, i -> i < state().path("parts").size(), i -> i + 1)
                        .flatMap(i -> ProcessHandle.of(
                                state().path("parts").get(i).path("pid").asLong())
                                .stream()));
        return Stream.concat(parts, workers("").stream()).toList();
    }

    /// Returns the process id of one part.
    long pid(String name) {
        return part(name).path("pid").asLong();
    }

    private JsonNode part(String name) {
        for (JsonNode part : state().path("parts")) {
            if (part.path("name").asText().equals(name)) {
                return part;
            }
        }
        throw new AssertionError("no part " + name + " in the stack's state");
    }

    private JsonNode state() {
        Path file = data.resolve("stack.json");
        try {
            return Files.exists(file) ? JSON.readTree(file.toFile()) : JSON.createObjectNode();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Stops the stack as Ctrl-C does.
    @Override
    public void close() throws InterruptedException {
        up.destroy();
        if (!up.waitFor(3, TimeUnit.MINUTES)) {
            up.destroyForcibly();
            throw new AssertionError("finetide up did not stop within three minutes: " + log());
        }
    }
}
