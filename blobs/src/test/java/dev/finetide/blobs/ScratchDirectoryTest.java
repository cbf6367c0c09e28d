package dev.finetide.blobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchDirectoryTest {
    private static final Instant LATER = Instant.now().plus(Duration.ofMinutes(10));

    @TempDir
    Path directory;

    /// A process that makes a scratch directory, says its name, and then does nothing for ever.
    static final class Waiting {
        public static void main(String[] arguments) throws IOException, InterruptedException {
            try (ScratchDirectory scratch = ScratchDirectory.create(Path.of(arguments[0]), "kind-")) {
                Files.writeString(scratch.path().resolve("file"), "content");
                System.out.println(scratch.path());
                new CountDownLatch(1).await();
            }
        }
    }

    @Test
    void aClosedDirectoryIsGone() throws IOException {
        Path made;
        try (ScratchDirectory scratch = ScratchDirectory.create(directory, "kind-")) {
            made = scratch.path();
            Files.createDirectories(made.resolve("a/b"));
            Files.writeString(made.resolve("a/b/c"), "content");
            ScratchDirectory.deleteAbandoned(directory, "kind-", LATER.plus(Duration.ofDays(3)));
            assertThat(made.resolve("a/b/c")).as("this process lives").exists();
        }
        assertThat(made).doesNotExist();
    }

    @Test
    void theDirectoryOfAKilledProcessGoesAndThatOfALiveOneStays() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Waiting.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = process.inputReader()) {
            Path made = Path.of(said.readLine());
            ScratchDirectory.deleteAbandoned(directory, "kind-", LATER);
            assertThat(made.resolve("file")).exists();

            process.destroyForcibly().waitFor();
            ScratchDirectory.deleteAbandoned(directory, "other-", LATER);
            assertThat(made.resolve("file")).exists();
            ScratchDirectory.deleteAbandoned(directory, "kind-", LATER);
            assertThat(made).doesNotExist();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aDirectoryOfAnotherMachineHasADay() throws IOException {
        Path foreign = Files.createDirectory(directory.resolve("kind-kabc-pdef-1"));

        ScratchDirectory.deleteAbandoned(directory, "kind-", Instant.now().plus(Duration.ofHours(23)));
        assertThat(foreign).exists();
        ScratchDirectory.deleteAbandoned(directory, "kind-", Instant.now().plus(Duration.ofHours(25)));
        assertThat(foreign).doesNotExist();
    }
}
