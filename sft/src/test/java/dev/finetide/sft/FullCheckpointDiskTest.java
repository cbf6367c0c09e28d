package dev.finetide.sft;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.finetide.sft.train.Checkpoints;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A training run whose disk becomes full before a checkpoint: a 4 MB tmpfs in a new mount namespace,
/// with the run in a JVM inside.
class FullCheckpointDiskTest {
    @TempDir
    Path directory;

    @Test
    void theCheckpointsBeforeStayWholeAndTheRunGoesOnWhenThereIsRoom() throws Exception {
        boolean mayMount = run("unshare", "-rm", "true").code == 0;
        if (!mayMount) {
            System.out.println("FullCheckpointDiskTest skipped: no mount namespaces for this user");
        }
        assumeTrue(mayMount, "no mount namespaces for this user");
        Path disk = Files.createDirectory(directory.resolve("disk"));

        Result result = run(
                "unshare",
                "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=4m tmpfs \"$0\" && exec \"$@\"",
                disk.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName(),
                directory.resolve("base").toString(),
                disk.resolve("checkpoints").toString(),
                disk.resolve("filler").toString());

        assertThat(result.output)
                .contains("full: checkpoint " + disk.resolve("checkpoints/step-00000006") + " cannot be written")
                .contains("left: [step-00000002, step-00000004]")
                .contains("whole: 2")
                .contains("then: 12 steps, first 5");
        assertThat(result.code).isZero();
    }

    private record Result(int code, String output) {}

    private static Result run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(process.waitFor(), output);
    }

    /// Trains, fills the disk before the checkpoint of step 6, makes room, and trains on.
    static final class Probe {
        private static final SftConfig CONFIG =
                SftConfig.forFull().batchSize(6).checkpointEverySteps(2).build();

        public static void main(String[] arguments) throws IOException {
            Path base = Path.of(arguments[0]);
            Path checkpoints = Path.of(arguments[1]);
            Path filler = Path.of(arguments[2]);
            try {
                train(base, checkpoints, report -> {
                    if (report.step() == 5) {
                        fill(filler);
                    }
                });
            } catch (UncheckedIOException e) {
                System.out.println("full: " + e.getMessage());
            }
            List<Path> left;
            try (Stream<Path> all = Files.list(checkpoints)) {
                left = all.sorted().toList();
            }
            System.out.println("left: " + left.stream().map(Path::getFileName).toList());
            left.forEach(Checkpoints::requireWhole);
            System.out.println("whole: " + left.size());
            Files.delete(filler);
            List<Integer> steps = new ArrayList<>();
            TrainResult result = train(base, checkpoints, report -> steps.add(report.step()));
            System.out.println("then: " + result.steps() + " steps, first " + steps.getFirst());
            System.exit(0);
        }

        private static TrainResult train(Path base, Path checkpoints, TrainingListener listener) {
            try (CausalLm lm = TinyModel.create(base, 1)) {
                return SftTrainer.train(lm, TinyModel.rows(20, 30), CONFIG, checkpoints, listener);
            }
        }

        private static void fill(Path filler) {
            try (OutputStream out = Files.newOutputStream(filler)) {
                while (true) {
                    out.write(new byte[4096]);
                }
            } catch (IOException full) {
                // There is no room any more.
            }
        }
    }
}
