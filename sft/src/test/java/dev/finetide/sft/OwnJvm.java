package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A program in a JVM of its own, with the tests' classes.
public final class OwnJvm {
    private OwnJvm() {}

    /// @param environment beside the tests' own
    /// @return the lines that it printed, once it has ended well
    public static List<String> run(Map<String, String> environment, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process jvm = builder.start();
        List<String> lines = jvm.inputReader(StandardCharsets.UTF_8).readAllLines();
        assertThat(jvm.waitFor()).as(String.join("\n", lines)).isZero();
        return lines;
    }
}
