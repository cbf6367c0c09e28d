package dev.finetide.kit.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FatalErrorsTest {
    /// A process that loses a thread, in one of several ways, and would otherwise go on.
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws InterruptedException {
            new FatalErrors().watchAllThreads(null);
            Thread thread = arguments[0].startsWith("virtual")
                    ? Thread.ofVirtual().unstarted(() -> work(arguments[0]))
                    : Thread.ofPlatform().unstarted(() -> work(arguments[0]));
            thread.start();
            thread.join();
            System.exit(0);
        }

        private static void work(String how) {
            switch (how) {
                case "virtual-memory", "platform-memory" -> {
                    List<byte[]> all = new ArrayList<>();
                    while (all.size() < 1_000) {
                        all.add(new byte[1 << 20]);
                    }
                }
                case "virtual-wrapped" -> {
                    try {
                        throw new IllegalStateException(new OutOfMemoryError("unable to create native thread"));
                    } catch (IllegalStateException caught) {
                        FatalErrors.endProcessAfter(caught);
                    }
                }
                case "virtual-uncaught" -> throw new OutOfMemoryError("of a library");
                case "virtual-other" -> throw new StackOverflowError();
                default -> throw new IllegalArgumentException(how);
            }
        }
    }

    private static int run(String how, String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx32m"));
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName(), how));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtual-memory", "platform-memory", "virtual-wrapped", "virtual-uncaught"})
    void aProcessEndsWithTheErrorOfAnyThread(String how) throws Exception {
        assertThat(run(how)).as(how).isEqualTo(FatalErrors.STATUS);
    }

    @Test
    void theFlagOfTheJvmEndsAProcessWithTheSameStatus() throws Exception {
        assertThat(run("platform-memory", "-XX:+ExitOnOutOfMemoryError")).isEqualTo(FatalErrors.STATUS);
    }

    @Test
    void anErrorThatEndsOneThreadAloneIsNoReason() throws Exception {
        assertThat(run("virtual-other")).isZero();
    }

    /// Every place that starts one of our processes gives the flag.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "pom.xml",
                "embedded/src/main/java/dev/finetide/embedded/JavaCommand.java",
                "cli/src/main/java/dev/finetide/cli/worker/WorkerProcess.java",
                "k8s/images/gpu-worker.Dockerfile",
                "k8s/images/gpu-worker-cpu.Dockerfile"
            })
    void processesEndWhenMemoryIsUsedUp(String file) throws IOException {
        assertThat(Files.readString(Path.of("..", file))).contains("-XX:+ExitOnOutOfMemoryError");
    }
}
