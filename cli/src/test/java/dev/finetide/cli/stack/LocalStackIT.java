package dev.finetide.cli.stack;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.embedded.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A stack of real Kafka and PostgreSQL with stand-ins for the services.
class LocalStackIT {

    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    Path data;

    private final List<String> reports = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable stack : open) {
            stack.close();
        }
    }

    @Test
    void startsEverythingStopsEverythingAndStartsAgain() throws Exception {
        LocalStack stack = stack(options(data));
        stack.start();

        StackState state = StackState.running(data).orElseThrow();
        assertThat(state.ready()).isTrue();
        assertThat(state.parts())
                .extracting(StackState.Part::name)
                .containsExactly("kafka", "postgres", "dataset-service", "training-service");
        assertThat(state.parts()).allMatch(StackState.Part::isAlive);
        assertThat(answer(state, "dataset-service")).endsWith("/postgres?currentSchema=dataset as dataset");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                .isEqualTo("rwx------");

        LocalStack second = stack(options(data));
        assertThatThrownBy(second::start)
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining(
                        "another finetide (pid " + ProcessHandle.current().pid() + ") is running on " + data);
        assertThat(StackState.running(data)).isPresent();

        List<ProcessHandle> workers = workers();
        stack.close();
        assertThat(state.parts()).noneMatch(StackState.Part::isAlive);
        assertThat(workers).hasSize(1).noneMatch(ProcessHandle::isAlive);
        assertThat(StackState.running(data)).isEmpty();
        assertThat(StackLock.holder(data)).isEmpty();

        stack(options(data)).start();
        assertThat(StackState.running(data).orElseThrow().ready()).isTrue();
    }

    @Test
    void killedChildrenComeBackOnTheirPorts() throws Exception {
        stack(options(data)).start();
        StackState before = StackState.running(data).orElseThrow();

        before.parts()
                .forEach(part -> ProcessHandle.of(part.pid()).orElseThrow().destroyForcibly());

        await().atMost(LONG).untilAsserted(() -> {
            StackState now = StackState.running(data).orElseThrow().checked();
            assertThat(now.parts()).allMatch(part -> part.state().equals("ready") && part.restarts() >= 1);
            assertThat(endpoints(now)).isEqualTo(endpoints(before));
        });
        assertThat(reports)
                .anyMatch(line -> line.matches("kafka \\(pid \\d+\\) ended with status 137; starting it again"))
                .anyMatch(line -> line.matches("dataset-service \\(pid \\d+\\) ended .*; starting it again"));
    }

    @Test
    void killedUpLeavesNobodyAndTheNextStartNeedsNoCleaning() throws Exception {
        Process up = up();
        awaitLine(up, "ready");
        List<ProcessHandle> children = children();
        assertThat(children).hasSize(5).allMatch(ProcessHandle::isAlive);

        long killed = System.nanoTime();
        up.destroyForcibly().waitFor();

        LocalStack next = stack(options(data));
        next.start();
        System.out.printf("stack: ready again %d ms after kill -9 of up%n", (System.nanoTime() - killed) / 1_000_000);
        assertThat(children).noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void killedUpLeavesNobodyWhenNoOtherIsStarted() throws Exception {
        Process up = up();
        awaitLine(up, "ready");
        List<ProcessHandle> children = children();

        long killed = System.nanoTime();
        up.destroyForcibly().waitFor();

        await().atMost(LONG).untilAsserted(() -> assertThat(children).noneMatch(ProcessHandle::isAlive));
        System.out.printf("stack: nobody left %d ms after kill -9 of up%n", (System.nanoTime() - killed) / 1_000_000);
    }

    @Test
    void terminatedUpStopsEverythingInSeconds() throws Exception {
        Process up = up();
        awaitLine(up, "ready");
        List<ProcessHandle> children = children();

        long asked = System.nanoTime();
        up.destroy();
        up.waitFor();
        System.out.printf("stack: stopped in %d ms%n", (System.nanoTime() - asked) / 1_000_000);

        assertThat(children).noneMatch(ProcessHandle::isAlive);
        assertThat(StackState.read(data)).isEmpty();
    }

    @Test
    void upThatIsTerminatedWhileItStartsLeavesNobody() throws Exception {
        Process up = up();
        awaitLine(up, "starting");
        await().atMost(LONG)
                .until(() -> !StackState.read(data)
                        .map(StackState::parts)
                        .orElse(List.of())
                        .isEmpty());

        up.destroy();
        up.waitFor();

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(ProcessHandle.allProcesses())
                        .noneMatch(process ->
                                process.info().commandLine().orElse("").contains(data.toString())));
    }

    @Test
    void takenPortIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            StackOptions options = options(data);
            StackPorts ports = options.ports();
            StackPorts collide =
                    new StackPorts(taken.getLocalPort(), ports.kafkaController(), ports.postgres(), ports.services());
            LocalStack stack = stack(with(options, options.services(), collide, false));

            assertThatThrownBy(stack::start)
                    .isInstanceOfSatisfying(
                            CommandFailedException.class,
                            e -> assertThat(e.exitCode()).isEqualTo(ExitCode.REFUSED))
                    .hasMessageContaining("port " + taken.getLocalPort() + " (kafka) is in use");
            assertThat(StackLock.holder(data)).isEmpty();
        }
    }

    @Test
    void serviceThatCannotStartFailsTheStartAndNamesItsLog() throws Exception {
        StackOptions options = options(data);
        List<ServiceProgram> programs =
                List.of(options.services().getFirst(), StandInService.program("training", List.of("broken")));
        LocalStack stack = stack(with(options, programs, options.ports(), false));

        assertThatThrownBy(stack::start)
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining("training-service ended with status 3 before it was ready; see ")
                .hasMessageContaining("training-service.log");
        assertThat(data.resolve("logs/training-service.log")).content().contains("this service cannot start");
        assertThat(StackLock.holder(data)).isEmpty();
    }

    @Test
    void resetDeletesOurDataAndNobodyElses() throws Exception {
        StackOptions options = options(data);
        Path kept = Files.writeString(data.resolve("thesis.txt"), "years of work");
        LocalStack stack = stack(with(options, options.services(), options.ports(), true));

        assertThatThrownBy(stack::start).hasMessageContaining("is no data directory of Finetide");
        assertThat(kept).exists();
    }

    private LocalStack stack(StackOptions options) {
        LocalStack stack = new LocalStack(options, line -> {
            reports.add(line);
            System.out.println(line);
        });
        open.addFirst(stack);
        return stack;
    }

    private Process up() throws IOException {
        List<String> command = new ArrayList<>(JavaCommand.small(128));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), UpProgram.class.getName()));
        command.add(data.toString());
        Process up = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        open.add(() -> up.destroyForcibly().waitFor());
        return up;
    }

    private static void awaitLine(Process process, String expected) throws IOException {
        BufferedReader output = process.inputReader();
        String line = output.readLine();
        while (!expected.equals(line)) {
            assertThat(line).isNotNull();
            line = output.readLine();
        }
    }

    /// Returns the processes of the stack's children and the worker.
    private List<ProcessHandle> children() throws IOException {
        await().atMost(LONG).untilAsserted(() -> assertThat(workers()).hasSize(1));
        return Stream.concat(
                        StackState.running(data).orElseThrow().parts().stream()
                                .map(part -> ProcessHandle.of(part.pid()).orElseThrow()),
                        workers().stream())
                .toList();
    }

    private List<ProcessHandle> workers() throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".worker"))
                    .flatMap(name -> ProcessHandle.of(Long.parseLong(name.replace(".worker", ""))).stream())
                    .toList();
        }
    }

    private static String answer(StackState state, String name) throws IOException {
        String health = state.parts().stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow()
                .health();
        return new String(URI.create(health).toURL().openStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static Map<String, String> endpoints(StackState state) {
        return state.parts().stream().collect(toMap(StackState.Part::name, StackState.Part::endpoint));
    }

    static StackOptions options(Path data) throws IOException {
        List<ServiceProgram> programs = List.of(StandInService.program("dataset"), StandInService.program("training"));
        List<String> worker = new ArrayList<>(JavaCommand.small(32));
        worker.addAll(List.of("-cp", System.getProperty("java.class.path"), UpProgram.Worker.class.getName()));
        worker.add(data.toString());
        return new StackOptions(data, false, programs, StackPorts.free(programs), worker, LONG);
    }

    private static StackOptions with(
            StackOptions options, List<ServiceProgram> programs, StackPorts ports, boolean reset) {
        return new StackOptions(options.data(), reset, programs, ports, options.workerCommand(), options.readyWithin());
    }
}
