package dev.finetide.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.finetide.kubernetes.TestCluster;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A program of this machine, such as `promtool`. A test that needs a missing one is skipped, with one line.
record Tool(Path program) {
    record Result(int exitCode, String output) {}

    /// Returns the program on `PATH`, or the one that was built with the test cluster; skips the test where neither is.
    static Tool require(String name) {
        Stream<Path> onPath =
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator)).map(Path::of);
        Path ofCluster = TestCluster.kubectl().getParent();
        Optional<Path> found = Stream.concat(onPath, Stream.of(ofCluster))
                .map(directory -> directory.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            System.out.println("skipped: no " + name + " on PATH");
        }
        assumeTrue(found.isPresent(), "no " + name + " on PATH");
        return new Tool(found.get());
    }

    /// Runs the program to its end; the result has standard output and error together.
    Result run(Path directory, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
