package dev.finetide.kit.launch;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.finetide.kit.launch.WorkerLauncher.WorkerExit;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.worker.v1.ReportTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessLauncherTest extends WorkerLauncherContract {
    /// Counts its start, then runs until a file gives the code to exit with.
    private static final String WORKER = """
            trap 'echo asked to stop; exit 143' TERM; echo started >> starts
            while [ ! -f end ]; do sleep 0.05; done; exit $(cat end)""";

    @TempDir
    Path directory;

    @AfterEach
    void endAll() throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path pid : files.filter(file -> file.endsWith("pid")).toList()) {
                String[] parts = Files.readString(pid).split(" ");
                Optional.of(parts[0])
                        .filter(text -> !text.isEmpty())
                        .flatMap(text -> ProcessHandle.of(Long.parseLong(text)))
                        .filter(process -> !process.equals(ProcessHandle.current()))
                        .ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    @Test
    void stopAsksFirst() throws Exception {
        WorkerLauncher launcher = launcher();
        launcher.launch(spec(1));
        await().until(() -> starts(1) == 1);
        launcher.stop(RUN, 1);
        await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.of(143))));
        assertThat(new String(launcher.log(RUN, 1).readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("asked to stop\n");
    }

    @Test
    void aWorkerThatDoesNotStopIsKilled() throws Exception {
        WorkerLauncher launcher =
                launcher("trap '' TERM; touch deaf; while true; do sleep 0.05; done", Duration.ofMillis(300));
        launcher.launch(spec(1));
        await().until(() -> Files.exists(attempt(1).resolve("deaf")));
        launcher.stop(RUN, 1);
        await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.of(137))));
    }

    @Test
    void aReportWithoutABaseRunsAtTheLowestPriority() throws Exception {
        WorkerLauncher launcher = launcher("nice > priority; while true; do sleep 0.05; done");
        WorkerSpec report = report();

        launcher.launch(report);
        launcher.launch(report.toBuilder()
                .setAttempt(2)
                .setBase(Base.newBuilder().setName("tiny"))
                .build());

        Process own = new ProcessBuilder("nice").start();
        String usual = new String(own.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        await().until(() -> priority(1).equals("19") && priority(2).equals(usual));
    }

    private static WorkerSpec report() {
        return spec(1).toBuilder().setReport(ReportTask.getDefaultInstance()).build();
    }

    /// Within one session niceness counts, and between sessions only that of the session does.
    @Test
    void aReportHasASessionOfItsOwnThatIsNice() throws Exception {
        Path ours = Path.of("/proc/self/autogroup");
        assumeTrue(Files.exists(ours), "this kernel does not group processes by session");
        WorkerLauncher launcher = launcher("cat /proc/self/autogroup > priority; while true; do sleep 0.05; done");

        launcher.launch(report());

        await().until(() -> priority(1).endsWith(" nice 19"));
        assertThat(Files.readString(ours).strip()).doesNotEndWith(" nice 19");
    }

    @Test
    void aReportIsAskedToStopFirstAndItsExitCodeIsItsOwn() throws Exception {
        WorkerLauncher launcher = launcher(WORKER);
        launcher.launch(report());
        await().until(() -> starts(1) == 1);
        launcher.stop(RUN, 1);
        await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.of(143))));
        assertThat(new String(launcher.log(RUN, 1).readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("asked to stop\n");
        launcher.launch(report().toBuilder().setAttempt(2).build());
        end(2, 7);
        await().untilAsserted(() -> assertThat(exits).last().isEqualTo(new WorkerExit(RUN, 2, OptionalInt.of(7))));
    }

    /// The stack's guard kills the service's process group, in which a report is not.
    @Test
    void aReportEndsWithTheProcessThatStandsForItInTheServicesGroup() throws Exception {
        WorkerLauncher launcher = launcher("trap '' TERM; echo $$ > own; while true; do touch alive; sleep 0.05; done");
        launcher.launch(report());
        await().until(() -> Files.exists(attempt(1).resolve("own")));
        Path own = Path.of("/proc", Files.readString(attempt(1).resolve("own")).strip(), "stat");

        worker(1).destroyForcibly();

        await().until(() -> !Files.exists(own) || Files.readString(own).contains(") Z "));
        await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.of(137))));
    }

    private String priority(int attempt) throws IOException {
        Path file = attempt(attempt).resolve("priority");
        return Files.exists(file) ? Files.readString(file).strip() : "";
    }

    /// Makes a scratch directory as a worker does, and then waits to be killed.
    private static final String SCRATCH = """
            mkdir -p scratch-1/base; echo weights > scratch-1/base/model.safetensors
            while true; do sleep 0.05; done""";

    @Test
    void theScratchOfAKilledWorkerIsDeletedAndItsLogStays() throws Exception {
        WorkerLauncher launcher = launcher(SCRATCH);
        launcher.launch(spec(1));
        Path weights = attempt(1).resolve("scratch-1/base/model.safetensors");
        await().until(() -> Files.exists(weights));

        worker(1).destroyForcibly();

        await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.of(137))));
        await().until(() -> !Files.exists(attempt(1).resolve("scratch-1")));
        assertThat(attempt(1)).isDirectoryContaining("glob:**worker.log").isDirectoryContaining("glob:**spec.json");
    }

    @Test
    void aServiceThatStartsDeletesTheScratchOfWorkersThatDiedMeanwhileAndOfNoLiveOne() throws Exception {
        launcher(SCRATCH).launch(spec(1));
        launcher(SCRATCH).launch(spec(2));
        await().until(() -> Files.exists(attempt(1).resolve("scratch-1/base/model.safetensors"))
                && Files.exists(attempt(2).resolve("scratch-1/base/model.safetensors")));
        // A killed service leaves this behind: the worker died, and nobody has deleted its scratch.
        Path left = Files.createDirectories(attempt(3).resolve("scratch-7/base"));
        Files.writeString(attempt(3).resolve("pid"), "1 1\n");
        Path starting = Files.createDirectories(attempt(4).resolve("scratch-8"));

        launcher(SCRATCH);

        await().until(() -> !Files.exists(left.getParent()));
        assertThat(attempt(1).resolve("scratch-1/base/model.safetensors")).exists();
        assertThat(attempt(2).resolve("scratch-1/base/model.safetensors")).exists();
        assertThat(starting).as("of a worker whose pid is not written yet").exists();
        worker(1).destroyForcibly();
        worker(2).destroyForcibly();
    }

    private ProcessHandle worker(int attempt) throws IOException {
        String pid = Files.readString(attempt(attempt).resolve("pid")).split(" ")[0];
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    @Test
    void aProgramThatCannotBeStartedIsAnExitWithAWordInTheLog() throws Exception {
        WorkerLauncher launcher =
                new ChildProcessLauncher(List.of("/does/not/exist"), directory, Duration.ofSeconds(1));
        launcher.onExit(exits::add);
        launcher.launch(spec(1));
        await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.of(71))));
        assertThat(new String(launcher.log(RUN, 1).readAllBytes(), StandardCharsets.UTF_8))
                .contains("could not be started", "/does/not/exist");
    }

    @Test
    void aWorkerOfAServiceWithoutUtf8HasUtf8() throws Exception {
        String encoding = System.getProperty("sun.jnu.encoding");
        try {
            System.setProperty("sun.jnu.encoding", "ANSI_X3.4-1968");
            WorkerLauncher launcher = launcher("echo \"$LC_ALL\"");
            launcher.launch(spec(1));
            await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.of(0))));
            assertThat(new String(launcher.log(RUN, 1).readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("C.UTF-8\n");
        } finally {
            System.setProperty("sun.jnu.encoding", encoding);
        }
    }

    @Test
    void aForeignProcessUnderTheSamePidIsNotTheWorker() throws Exception {
        WorkerLauncher launcher = launcher();
        Files.createDirectories(attempt(1));
        Files.writeString(attempt(1).resolve("pid"), ProcessHandle.current().pid() + " 1000\n");
        launcher.launch(spec(1));
        await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.empty())));
    }

    @Test
    void anUnreadablePidFileTellsOfNobody() throws Exception {
        WorkerLauncher launcher = launcher();
        Files.createDirectories(attempt(1));
        Files.writeString(attempt(1).resolve("pid"), "");
        launcher.stop(RUN, 1);
        await().untilAsserted(() -> assertThat(exits).containsExactly(new WorkerExit(RUN, 1, OptionalInt.empty())));
    }

    @Override
    WorkerLauncher launcher() {
        return launcher(WORKER);
    }

    /// Returns a launcher that gives a worker the time to stop which a busy machine may need.
    private WorkerLauncher launcher(String script) {
        return launcher(script, Duration.ofMinutes(3));
    }

    private WorkerLauncher launcher(String script, Duration stopGrace) {
        // "train --spec FILE" follows and becomes the script's arguments.
        WorkerLauncher launcher = new ChildProcessLauncher(List.of("/bin/sh", "-c", script), directory, stopGrace);
        launcher.onExit(exits::add);
        return launcher;
    }

    @Override
    int starts(int attempt) throws Exception {
        await().until(() -> Files.exists(attempt(attempt).resolve("starts")));
        return Files.readAllLines(attempt(attempt).resolve("starts")).size();
    }

    @Override
    void end(int attempt, int exitCode) throws IOException {
        Path aside = Files.writeString(attempt(attempt).resolve("end.tmp"), Integer.toString(exitCode));
        Files.move(aside, attempt(attempt).resolve("end"));
    }

    @Override
    WorkerLauncher restarted() {
        return launcher();
    }

    private Path attempt(int attempt) {
        return directory.resolve(RUN.replace('/', '-')).resolve("attempt-" + attempt);
    }
}
