package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.worker.v1.WorkerEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Drills 8 and 9 with real trainers: one that is killed or told to stop at any time is followed by one that computes
/// the same numbers, and one that was paused and taken over ends without a result.
class TrainerDrillsIT {
    @TempDir
    Path temp;

    @BeforeAll
    static void allowForABusyMachine() {
        Awaitility.setDefaultTimeout(Duration.ofMinutes(10));
    }

    @Test
    void pausedKilledAndStoppedTrainersLeadToTheOneResultOfATrainerThatIsLeftAlone() throws Exception {
        long seed = Long.getLong("finetide.drill.seed", System.nanoTime() % 100_000);
        System.out.println("seed of this drill (-Dfinetide.drill.seed): " + seed);
        Random random = new Random(seed);
        try (TrainerStage alone = new TrainerStage(temp.resolve("alone"));
                TrainerStage disturbed = new TrainerStage(temp.resolve("disturbed"))) {
            // Given
            Process whole = alone.launch(1);
            Process paused = disturbed.launch(1);
            await().until(() -> !paused.isAlive() || lastStep(disturbed, 1) >= 1);
            signal(paused, "STOP");
            // When
            Process killed = disturbed.launch(2);
            int step = 6 + random.nextInt(16);
            await().until(() -> !killed.isAlive() || lastStep(disturbed, 2) >= step);
            killed.destroyForcibly();
            assertThat(ended(killed)).as(disturbed.log(2)).isEqualTo(137);
            Process stopped = disturbed.launch(3);
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> !stopped.isAlive() || writesCheckpoint(disturbed.files(3)));
            stopped.destroy();
            assertThat(ended(stopped)).as(disturbed.log(3)).isEqualTo(Main.STOPPED);
            assertThat(ended(disturbed.launch(4))).as(disturbed.log(4)).isZero();
            signal(paused, "CONT");
            // Then
            assertThat(paused.waitFor(10, TimeUnit.MINUTES)).isTrue();
            assertThat(paused.exitValue()).as(disturbed.log(1)).isEqualTo(69);
            assertThat(disturbed.log(1)).contains("STALE_ATTEMPT");
            assertThat(ended(whole)).as(alone.log(1)).isZero();
            await().until(() ->
                    !finished(alone).isEmpty() && !finished(disturbed).isEmpty());
            assertThat(disturbed.events())
                    .filteredOn(event -> event.hasTrainingFinished() || event.hasFailed() || event.hasStopped())
                    .extracting(WorkerEvent::getEpoch)
                    .as("a stop of the third, and the one result of the fourth")
                    .containsExactly(3L, 4L);
            assertThat(disturbed.steps(3).getFirst().getStep()).as("it resumes").isGreaterThan(1);
            Map<Integer, Double> expected = losses(alone);
            assertThat(expected).hasSize(TrainerStage.STEPS);
            assertThat(losses(disturbed)).isEqualTo(expected);
            assertThat(weights(finished(disturbed).getFirst()))
                    .isEqualTo(weights(finished(alone).getFirst()));
        }
    }

    private static int ended(Process worker) throws InterruptedException {
        assertThat(worker.waitFor(10, TimeUnit.MINUTES)).isTrue();
        return worker.exitValue();
    }

    private static void signal(Process worker, String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(worker.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static int lastStep(TrainerStage stage, long epoch) {
        List<TrainingProgress> steps = stage.steps(epoch);
        return steps.isEmpty() ? 0 : steps.getLast().getStep();
    }

    /// Returns whether a checkpoint of this attempt is being written: its directory has another name until it
    /// is whole. The checkpoint of step 0 only measures the time.
    private static boolean writesCheckpoint(Path attempt) {
        try (Stream<Path> files = Files.walk(attempt)) {
            return files.map(file -> file.getFileName().toString())
                    .anyMatch(name -> name.matches("\\.step-0*[1-9]\\d*\\.tmp-.*"));
        } catch (IOException | UncheckedIOException changing) {
            return false;
        }
    }

    /// Returns the loss of each step. A step that several attempts computed has the same loss in each.
    private static Map<Integer, Double> losses(TrainerStage stage) {
        Map<Integer, Double> losses = new TreeMap<>();
        for (long epoch = 1; epoch <= stage.epoch(); epoch++) {
            for (TrainingProgress step : stage.steps(epoch)) {
                Double before = losses.put(step.getStep(), step.getLoss());
                assertThat(before == null || before == step.getLoss())
                        .as("step %d of epoch %d", step.getStep(), epoch)
                        .isTrue();
            }
        }
        return losses;
    }

    private static List<TrainingOutput> finished(TrainerStage stage) {
        return stage.events().stream()
                .filter(WorkerEvent::hasTrainingFinished)
                .map(WorkerEvent::getTrainingFinished)
                .toList();
    }

    private static String weights(TrainingOutput output) {
        return output.getFilesList().stream()
                .filter(file -> file.getPath().equals("adapter_model.safetensors"))
                .map(BlobFile::getSha256)
                .findFirst()
                .orElseThrow();
    }
}
