package dev.finetide.sft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CompilerThreadsTest {
    private static final Path THREADS = Path.of("/proc/self/task");

    /// In a JVM of its own: the tests' has no optimising compiler.
    @Test
    void theOptimisingCompilerGetsWhatOthersLeave() throws IOException, InterruptedException {
        assumeThat(THREADS).as("Linux has a priority for each thread").isDirectory();
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Niceness.class.getName())
                .redirectErrorStream(true)
                .start();
        List<String> lines = jvm.inputReader(StandardCharsets.UTF_8).readAllLines();
        assertThat(jvm.waitFor()).as(String.join("\n", lines)).isZero();
        assertThat(lines)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line)
                        .endsWith(line.startsWith("C2 ") ? " 19" : " 0")
                        .as("every thread but C2's goes on as it was"));
        assertThat(lines).anyMatch(line -> line.startsWith("C2 "));
    }

    /// Prints each thread's name and niceness.
    static final class Niceness {
        public static void main(String[] arguments) throws IOException {
            CompilerThreads.giveWay();
            try (Stream<Path> threads = Files.list(THREADS)) {
                for (Path thread : threads.toList()) {
                    // proc(5): the name in parentheses is field 2, niceness field 19.
                    String stat = Files.readString(thread.resolve("stat"));
                    int end = stat.lastIndexOf(')');
                    String name = stat.substring(stat.indexOf('(') + 1, end);
                    System.out.println(name + " " + stat.substring(end + 2).split(" ")[16]);
                }
            }
        }
    }
}
