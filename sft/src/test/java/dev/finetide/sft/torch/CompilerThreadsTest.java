package dev.finetide.sft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.finetide.sft.OwnJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CompilerThreadsTest {
    private static final Path THREADS = Path.of("/proc/self/task");

    /// The test runs in a JVM of its own, because that of the tests has no optimising compiler.
    @Test
    void theOptimisingCompilerGetsWhatOthersLeave() throws IOException, InterruptedException {
        assumeThat(THREADS).as("Linux has a priority for each thread").isDirectory();
        List<String> lines = OwnJvm.run(Map.of(), Niceness.class);
        String own = " " + niceness(Path.of("/proc/self/stat"));
        assertThat(lines)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line)
                        .as("every thread but C2's goes on as it was")
                        .endsWith(line.startsWith("C2 ") ? " 19" : own));
        assertThat(lines).anyMatch(line -> line.startsWith("C2 "));
    }

    /// proc(5), field 19, counted from the name in parentheses, which is field 2.
    private static String niceness(Path stat) throws IOException {
        String fields = Files.readString(stat);
        return fields.substring(fields.lastIndexOf(')') + 2).split(" ")[16];
    }

    /// Prints each thread's name and niceness.
    static final class Niceness {
        public static void main(String[] arguments) throws IOException {
            CompilerThreads.giveWay();
            try (Stream<Path> threads = Files.list(THREADS)) {
                for (Path thread : threads.toList()) {
                    String name = Files.readString(thread.resolve("comm")).strip();
                    System.out.println(name + " " + niceness(thread.resolve("stat")));
                }
            }
        }
    }
}
