package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.BlobStores;
import dev.finetide.kit.blob.BlobCollection;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.DeleteTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingOutput;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkReason;
import dev.finetide.proto.worker.v1.Checkpoint;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Checks which files of runs stay on a disk: those that a run names, whatever happened to its workers.
class CollectedRunsTest {
    private static final Duration GRACE = Duration.ofHours(6);

    @TempDir
    Path directory;

    private final Stage stage = new Stage();
    private final Set<String> runs = new TreeSet<>();
    private BlobStore disk;
    private int writes;

    @BeforeEach
    void open() throws IOException {
        disk = BlobStores.open(directory.toUri());
        stage.files = disk;
        stage.restart();
    }

    private BlobCollection collection(Duration later) {
        Clock clock = Clock.fixed(Clock.systemUTC().instant().plus(later), ZoneOffset.UTC);
        return new BlobCollection(
                disk,
                RunBlobs.PREFIX,
                RunBlobs::folder,
                GRACE,
                new RunBlobs(stage.store),
                new SimpleMeterRegistry(),
                clock);
    }

    private Stage.Worker aWorker() {
        Stage.Worker worker = stage.aRunningRun();
        runs.add(worker.run);
        return worker;
    }

    private static String prefix(Stage.Worker worker) {
        return "trainingRuns/default/" + worker.run.substring(worker.run.lastIndexOf('/') + 1) + "/attempts/"
                + worker.epoch + "/";
    }

    private BlobFile put(String folder, String name) throws IOException {
        byte[] content = (name + ++writes).getBytes(StandardCharsets.UTF_8);
        BlobRef blob = disk.put(folder + name, new ByteArrayInputStream(content));
        return BlobFile.newBuilder()
                .setPath(name)
                .setBlobKey(blob.key())
                .setSizeBytes(blob.size())
                .setSha256(blob.sha256())
                .build();
    }

    private Checkpoint stored(Stage.Worker worker, int step) throws IOException {
        String folder = prefix(worker) + "checkpoints/step-%08d/".formatted(step);
        return Checkpoint.newBuilder()
                .setStep(step)
                .setEpoch(worker.epoch)
                .addFiles(put(folder, "trained.safetensors"))
                .addFiles(put(folder, "manifest.json"))
                .build();
    }

    private void saved(Stage.Worker worker, int step) throws IOException {
        stage.runs.on(worker.next().setCheckpoint(stored(worker, step)).build());
    }

    private List<BlobFile> model(Stage.Worker worker) throws IOException {
        return List.of(
                put(prefix(worker) + "model/", "adapter_model.safetensors"),
                put(prefix(worker) + "model/", "adapter_config.json"));
    }

    private void finished(Stage.Worker worker, List<BlobFile> files) {
        stage.runs.on(worker.next()
                .setTrainingFinished(TrainingOutput.newBuilder()
                        .setKind(ModelKind.ADAPTER)
                        .addAllFiles(files)
                        .setDigest(FileSet.digest(files)))
                .build());
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private Set<String> named() {
        return runs.stream()
                .map(run -> stage.store.find(run).orElseThrow())
                .flatMap(run -> Stream.concat(
                        run.view().getOutput().getFilesList().stream(),
                        run.checkpoints().stream().flatMap(checkpoint -> checkpoint.getFilesList().stream())))
                .map(BlobFile::getBlobKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void theModelOfALostAttemptGoesAndThatOfTheNextStays() throws IOException {
        Stage.Worker lost = aWorker();
        model(lost);
        stage.tickFor(32);
        Stage.Worker next = stage.worker(lost.run);
        next.started();
        finished(next, model(next));

        assertThat(collection(GRACE.minusMinutes(1)).collect().blobs()).isZero();
        assertThat(collection(GRACE.plusMinutes(1)).collect().blobs()).isEqualTo(2);
        assertThat(files()).isEqualTo(named()).hasSize(2).allMatch(file -> file.startsWith(prefix(next)));
    }

    @Test
    void whatTheCurrentWorkerWritesStaysHoweverOldItIs() throws IOException {
        Stage.Worker worker = aWorker();
        stored(worker, 50);
        model(worker);
        assertThat(collection(Duration.ofDays(30)).collect().blobs()).isZero();

        stage.cancel(worker.run);
        worker.stopped();
        assertThat(collection(Duration.ofDays(30)).collect().blobs()).isPositive();
        assertThat(files()).isEmpty();
    }

    @Test
    void whatAWorkerWritesAfterItsRunIsOverGoes() throws IOException {
        Stage.Worker worker = aWorker();
        saved(worker, 50);
        worker.failed(WorkReason.DIVERGED, false);
        stage.runs.tick();
        stored(worker, 60);

        collection(GRACE.plusMinutes(1)).collect();

        assertThat(files()).isEqualTo(named()).hasSize(2);
    }

    @Test
    void filesOfARunThatNobodyKnowsGo() throws IOException {
        put("trainingRuns/default/nobody/attempts/2/model/", "adapter_model.safetensors");
        put("datasets/default/other/1/", "train");

        collection(GRACE.plusMinutes(1)).collect();

        assertThat(files()).containsExactly("datasets/default/other/1/train");
    }

    /// A hundred faults of workers, of the service and of the disk. The seed is in the name of the
    /// test.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void afterAHundredFaultsTheFilesAreThoseThatARunNames(long seed) throws Exception {
        killAWriter();
        Random random = new Random(seed);
        List<Stage.Worker> ghosts = new ArrayList<>();
        Set<Integer> met = new HashSet<>();
        Stage.Worker worker = aWorker();
        for (int i = 0; i < 100; i++) {
            int fault = random.nextInt(9);
            met.add(fault);
            saved(worker, 10 * i);
            meet(fault, random, worker, i, ghosts);
            worker = nextWorker(worker);
        }
        stage.cancel(worker.run);
        worker.stopped();
        stage.runs.tick();

        collection(GRACE.plusMinutes(1)).collect();
        disk.deleteAbandoned();

        assertThat(met).as("seed " + seed).hasSize(9);
        assertThat(named()).as("seed " + seed).isNotEmpty();
        assertThat(files()).as("seed " + seed).isEqualTo(named());
    }

    /// Kills a process in the middle of a blob, some time ago.
    private void killAWriter() throws IOException, InterruptedException {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.finetide.blobs.DirectoryBlobStoreTest$EndlessWriter",
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = writer.inputReader()) {
            assertThat(said.readLine()).isEqualTo("begun");
        } finally {
            writer.destroyForcibly().waitFor();
        }
        assertThat(files()).as("what it leaves").hasSize(1);
        for (String file : files()) {
            Files.setLastModifiedTime(
                    directory.resolve(file),
                    FileTime.from(Clock.systemUTC().instant().minus(Duration.ofMinutes(1))));
        }
    }

    private void meet(int fault, Random random, Stage.Worker worker, int number, List<Stage.Worker> ghosts)
            throws IOException {
        switch (fault) {
            case 0 -> { // the worker dies with its checkpoint stored and not reported
                stored(worker, 10 * number + 5);
                ghosts.add(worker);
                stage.tickFor(32);
            }
            case 1 -> { // the worker dies with its model stored and not reported
                model(worker);
                ghosts.add(worker);
                stage.tickFor(32);
            }
            case 2 -> // the disk, or the program, fails in the middle of a checkpoint
                broken(worker, random);
            case 3 -> { // a worker that was lost goes on writing
                if (!ghosts.isEmpty()) {
                    Stage.Worker ghost = ghosts.get(random.nextInt(ghosts.size()));
                    saved(ghost, 100_000 + number);
                    finished(ghost, List.of(put(prefix(ghost) + "model/", "more-" + number)));
                }
            }
            case 4 -> { // cancelled in the middle of a checkpoint
                stage.cancel(worker.run);
                stored(worker, 10 * number + 5);
                worker.stopped();
            }
            case 5 -> worker.failed(WorkReason.DIVERGED, false);
            case 6 -> finished(worker, model(worker));
            case 7 -> stage.restart();
            default -> { // fails, and is deleted
                worker.failed(WorkReason.DIVERGED, false);
                stage.runs.delete(DeleteTrainingRunRequest.newBuilder()
                        .setName(worker.run)
                        .build());
                ghosts.add(worker);
            }
        }
        stage.runs.tick();
    }

    private void broken(Stage.Worker worker, Random random) {
        Throwable failure = random.nextBoolean() ? new IllegalStateException("a bug") : new StackOverflowError();
        InputStream content = new InputStream() {
            private int left = random.nextInt(200_000);

            @Override
            public int read() throws IOException {
                if (left-- > 0) {
                    return 'x';
                }
                if (failure instanceof Error error) {
                    throw error;
                }
                throw new IOException(failure);
            }
        };
        try {
            disk.put(prefix(worker) + "checkpoints/step-broken/trained.safetensors", content);
            throw new AssertionError("stored");
        } catch (IOException | StackOverflowError expected) {
            // The worker would report it, and go on or end.
        }
    }

    /// Returns the worker that goes on: the same, the run's next one, or that of a new run.
    private Stage.Worker nextWorker(Stage.Worker worker) {
        State state = stage.state(worker.run);
        if (state == State.RUNNING) {
            return worker;
        }
        if (state == State.STARTING) {
            Stage.Worker next = stage.worker(worker.run);
            next.started();
            return next;
        }
        return aWorker();
    }
}
