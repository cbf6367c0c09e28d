package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/// SIGTERM comes while libtorch computes: the process ends and does not crash.
class StopSignalTest {
    /// More processor time than the JVM's own start takes.
    private static final Duration COMPUTING = Duration.ofSeconds(8);

    @TempDir
    Path temp;

    @RepeatedTest(3)
    void benchLeavesAtOnce() throws Exception {
        assertThat(stopped("bench", "--size=30M", "--length=512", "--seconds=300"))
                .isEqualTo(Main.STOPPED);
    }

    private int stopped(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:ErrorFile=" + temp.resolve("crash"),
                "-Djava.io.tmpdir=" + temp,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        File output = temp.resolve("output").toFile();
        Process worker = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        try {
            await().atMost(Duration.ofMinutes(3))
                    .until(() -> !worker.isAlive()
                            || worker.info()
                                            .totalCpuDuration()
                                            .orElse(Duration.ZERO)
                                            .compareTo(COMPUTING)
                                    > 0);
            worker.destroy();
            assertThat(worker.waitFor(3, TimeUnit.MINUTES)).isTrue();
            assertThat(temp.resolve("crash")).doesNotExist();
            assertThat(Files.readString(output.toPath())).doesNotContain("SIGSEGV", "terminate called");
            return worker.exitValue();
        } finally {
            worker.destroyForcibly();
        }
    }
}
