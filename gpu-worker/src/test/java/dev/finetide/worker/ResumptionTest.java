package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.BlobStores;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.StepReport;
import dev.finetide.sft.TrainingListener;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Drill 10: when the newest checkpoint in the blob store is damaged in any way, the one before it is used.
class ResumptionTest {
    private static final SftConfig CONFIG =
            SftConfig.forLora().batchSize(2).maxSteps(6).checkpointEverySteps(2).build();

    private static final List<TokenizedRow> ROWS = IntStream.range(0, 8)
            .mapToObj(i -> new TokenizedRow(new int[] {1, 2 + i, 3, 4}, new boolean[] {false, false, true, true}))
            .toList();

    @TempDir
    Path temp;

    private BlobStore blobs;
    private final List<Checkpoint> newestFirst = new ArrayList<>();

    @BeforeEach
    void trainHalfOfARun() throws IOException {
        blobs = BlobStores.open(temp.resolve("blobs").toUri());
        train(temp.resolve("first"), new TrainingListener() {
            private int steps;

            @Override
            public void onStep(StepReport report) {
                steps = report.step();
            }

            @Override
            public void onCheckpoint(int step, Path dir) {
                newestFirst.addFirst(stored(step, dir));
            }

            @Override
            public boolean stopRequested() {
                return steps == 4;
            }
        });
        assertThat(newestFirst).extracting(Checkpoint::getStep).containsExactly(4, 2);
    }

    private void train(Path checkpoints, TrainingListener listener) {
        Path base = temp.resolve("base");
        try {
            Files.createDirectories(base);
            Files.writeString(base.resolve("config.json"), """
                    {"model_type": "llama", "vocab_size": 17, "hidden_size": 8, "intermediate_size": 12,
                     "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 16}
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (CausalLm lm = CausalLm.random(base, 1, EngineOptions.defaults().withThreads(1))) {
            SftTrainer.train(lm, ROWS, CONFIG, checkpoints, listener);
        }
    }

    private Checkpoint stored(int step, Path dir) {
        Checkpoint.Builder checkpoint = Checkpoint.newBuilder().setStep(step).setEpoch(1);
        try (Stream<Path> files = Files.list(dir).sorted()) {
            for (Path file : files.toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    BlobRef blob = blobs.put("run/" + step + "/" + file.getFileName(), in);
                    checkpoint.addFiles(BlobFile.newBuilder()
                            .setPath(file.getFileName().toString())
                            .setSizeBytes(blob.size())
                            .setSha256(blob.sha256())
                            .setBlobKey(blob.key()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return checkpoint.build();
    }

    private Resumption find() {
        return Resumption.find(newestFirst, this::fetch, temp.resolve("second"));
    }

    private void fetch(List<BlobFile> files, Path directory) throws IOException {
        for (BlobFile file : files) {
            Files.createDirectories(directory);
            blobs.download(
                    new BlobRef(file.getBlobKey(), file.getSizeBytes(), file.getSha256()),
                    directory.resolve(file.getPath()));
        }
    }

    private Path blobOf(String file) throws IOException {
        try (Stream<Path> all = Files.walk(temp.resolve("blobs"))) {
            return all.filter(path -> path.endsWith(Path.of("run", "4", file)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    enum Damage {
        TRUNCATED,
        FLIPPED,
        EMPTY,
        MISSING,
        LONGER;

        void of(Path file) throws IOException {
            file.toFile().setWritable(true);
            byte[] bytes = Files.readAllBytes(file);
            switch (this) {
                case TRUNCATED -> Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
                case FLIPPED -> {
                    bytes[bytes.length / 2] ^= 1;
                    Files.write(file, bytes);
                }
                case EMPTY -> Files.write(file, new byte[0]);
                case MISSING -> Files.delete(file);
                case LONGER -> Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void aTornCheckpointIsRefusedAndTheOneBeforeIsTrainedOn(Damage damage) throws IOException {
        for (String file : List.of("trained.safetensors", "manifest.json", "state.json")) {
            damage.of(blobOf(file));
            Resumption found = find();
            assertThat(found.step()).as(file).isEqualTo(2);
            assertThat(found.refused()).singleElement().asString().startsWith("step 4: ");
        }
        List<Integer> resumed = new ArrayList<>();
        train(temp.resolve("second"), new TrainingListener() {
            @Override
            public void onStep(StepReport report) {}

            @Override
            public void onResume(int step, Path dir) {
                resumed.add(step);
            }
        });
        assertThat(resumed).containsExactly(2);
    }

    @Test
    void theNewestIsUsedWhenItIsWhole() {
        assertThat(find()).isEqualTo(new Resumption(4, List.of()));
    }

    /// The checkpoint was torn before it was stored: the blobs have the announced digests, the manifest is not whole.
    @Test
    void aCheckpointThatWasStoredTornIsRefused() {
        Checkpoint newest = newestFirst.removeFirst();
        newestFirst.addFirst(newest.toBuilder().removeFiles(0).build());
        assertThat(find().step()).isEqualTo(2);
        assertThat(find().refused()).singleElement().asString().contains("is missing");
    }

    @Test
    void withNothingWholeTrainingBeginsAnew() throws IOException {
        Damage.MISSING.of(blobOf("manifest.json"));
        newestFirst.removeLast();
        assertThat(find().step()).isZero();
        assertThat(temp.resolve("second/step-00000004")).doesNotExist();
    }
}
