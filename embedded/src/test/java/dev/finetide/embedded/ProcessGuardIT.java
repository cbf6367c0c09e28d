package dev.finetide.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a parent JVM with many child processes and checks that all of them end.
class ProcessGuardIT {

    @TempDir
    Path directory;

    @Test
    void killedParentLeavesNoProcess() throws Exception {
        List<String> command = new ArrayList<>(JavaCommand.small(128));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Parent.class.getName()));
        command.add(directory.toString());
        Process parent = new ProcessBuilder(command)
                .redirectError(directory.resolve("parent.log").toFile())
                .start();
        BufferedReader output = parent.inputReader();
        List<ProcessHandle> children = new ArrayList<>();
        for (String line; !"ready".equals(line = output.readLine()); ) {
            assertThat(line).as("see %s", directory).isNotNull();
            children.add(ProcessHandle.of(Long.parseLong(line)).orElseThrow());
        }
        assertThat(children).hasSize(6).allMatch(ProcessHandle::isAlive);

        long killed = System.nanoTime();
        parent.destroyForcibly().waitFor();

        await().atMost(Duration.ofMinutes(3))
                .untilAsserted(() -> assertThat(children).noneMatch(ProcessHandle::isAlive));
        System.out.printf(
                "guard: all children gone %d ms after kill -9 of their parent%n",
                (System.nanoTime() - killed) / 1_000_000);
        assertThat(directory.resolve("postgres/postmaster.pid")).doesNotExist();
    }

    /// Prints the pids of Kafka, PostgreSQL, a child that ignores SIGTERM, its own child, a grandchild whose parent
    /// has ended, and the guard, which was killed once.
    static final class Parent {

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            ProcessGuard guard = ProcessGuard.start();
            List<Integer> ports = FreePorts.pick(3);
            System.out.println(new EmbeddedKafka(
                            directory.resolve("kafka"), ports.get(0), ports.get(1), directory.resolve("k.log"), guard)
                    .start()
                    .pid());
            System.out.println(new EmbeddedPostgres(
                            directory.resolve("postgres"),
                            ports.get(2),
                            directory.resolve("p.log"),
                            EmbeddedPostgres.userCache(),
                            guard)
                    .start()
                    .pid());
            Path stubborn = directory.resolve("stubborn");
            ChildProcess child = shell(
                    "trap '' TERM; sleep 1000 & echo $! >'" + stubborn + ".new'; mv '" + stubborn + ".new' '" + stubborn
                            + "'; while :; do sleep 1; done",
                    directory,
                    guard);
            System.out.println(child.pid());
            System.out.println(pidIn(stubborn));
            Path orphan = directory.resolve("orphan");
            ChildProcess gone = shell(
                    "sleep 1000 & echo $! >'" + orphan + ".new'; mv '" + orphan + ".new' '" + orphan + "'",
                    directory,
                    guard);
            gone.onExit().join();
            System.out.println(pidIn(orphan));
            ProcessHandle shell = guardShell(child).orElseThrow();
            shell.destroyForcibly();
            await().atMost(Duration.ofMinutes(3))
                    .until(() ->
                            guardShell(child).filter(now -> !now.equals(shell)).isPresent());
            System.out.println(guardShell(child).orElseThrow().pid());
            System.out.println("ready");
            Thread.sleep(Duration.ofMinutes(5));
        }

        private static Optional<ProcessHandle> guardShell(ChildProcess otherShell) {
            return ProcessHandle.current()
                    .children()
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> process.info().command().orElse("").endsWith("sh"))
                    .filter(process -> process.pid() != otherShell.pid())
                    .findFirst();
        }

        private static ChildProcess shell(String script, Path directory, ProcessGuard guard) throws IOException {
            return ChildProcess.start(
                    new ChildProcess.Launch(
                            "shell",
                            List.of("sh", "-c", script),
                            Map.of(),
                            directory.resolve("shell.log"),
                            false,
                            "TERM",
                            Duration.ofSeconds(1)),
                    guard);
        }

        private static String pidIn(Path file) throws IOException {
            await().atMost(Duration.ofMinutes(3)).until(() -> Files.exists(file));
            return Files.readString(file).strip();
        }
    }
}
