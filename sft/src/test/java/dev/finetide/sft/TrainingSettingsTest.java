package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingSettingsTest {
    private static final List<TokenizedRow> ROWS = TinyModel.rows(20, 30);

    @TempDir
    Path temp;

    private RunRecorder train(SftConfig config, String out) {
        RunRecorder recorder = new RunRecorder(-1);
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            SftTrainer.train(lm, ROWS, config, temp.resolve("checkpoints-" + out), recorder)
                    .save(temp.resolve(out), "base");
        }
        return recorder;
    }

    /// The first update moves a decaying tensor further by lr times decay times itself, and no other.
    @Test
    void onlyMatricesDecayWhenToldSo() {
        SftConfig.Builder config = SftConfig.forFull()
                .learningRate(0.1)
                .weightDecay(0.5)
                .schedule(SftConfig.Schedule.CONSTANT)
                .maxSteps(1);
        train(config.weightDecay(0).build(), "none");
        train(config.weightDecay(0.5).build(), "all");
        train(config.decay(SftConfig.Decay.MATRICES).build(), "matrices");
        try (SafetensorsFile none = weights("none");
                SafetensorsFile all = weights("all");
                SafetensorsFile matrices = weights("matrices")) {
            for (String name : none.tensors().keySet()) {
                boolean norm = name.endsWith("norm.weight");
                assertThat(matrices.floats(name)).isEqualTo((norm ? none : all).floats(name));
                assertThat(all.floats(name)).isNotEqualTo(none.floats(name));
            }
            float[] decayed = all.floats("model.norm.weight");
            float[] kept = none.floats("model.norm.weight");
            for (int i = 0; i < kept.length; i++) {
                assertThat(kept[i] - decayed[i]).isCloseTo(0.05f, Offset.offset(1e-6f));
            }
        }
    }

    private SafetensorsFile weights(String out) {
        return new SafetensorsFile(temp.resolve(out).resolve("model.safetensors"));
    }

    @Test
    void neftuneNoiseFollowsTheSeedAndItsAlpha() throws IOException {
        SftConfig.Builder config = SftConfig.forFull().batchSize(6).maxSteps(4).neftuneAlpha(5);
        List<Double> quiet = train(config.neftuneAlpha(0).build(), "quiet").losses();
        List<Double> noisy = train(config.neftuneAlpha(5).build(), "noisy").losses();
        List<Double> faint = train(config.neftuneAlpha(0.02).build(), "faint").losses();
        assertThat(train(config.neftuneAlpha(5).build(), "again").losses()).isEqualTo(noisy);
        assertThat(train(config.seed(1).build(), "other").losses()).isNotEqualTo(noisy);
        assertThat(train(config.seed(0).packing(true).build(), "packed")
                        .losses()
                        .getFirst())
                .isNotEqualTo(quiet.getFirst())
                .isCloseTo(quiet.getFirst(), Offset.offset(0.05));
        assertThat(Files.readAllBytes(temp.resolve("again/model.safetensors")))
                .isEqualTo(Files.readAllBytes(temp.resolve("noisy/model.safetensors")));
        assertThat(noisy.getFirst()).isNotEqualTo(quiet.getFirst()).isCloseTo(quiet.getFirst(), Offset.offset(0.05));
        assertThat(faint.getFirst()).isNotEqualTo(quiet.getFirst()).isCloseTo(quiet.getFirst(), Offset.offset(1e-3));
    }

    @Test
    void aWarmupThatNeverReachesThePeakIsRefused() {
        SftConfig.Builder config = SftConfig.forFull().batchSize(5).epochs(1);
        assertThatThrownBy(() -> train(config.warmupSteps(4).build(), "out"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("warmupSteps is 4, expected fewer than the run's 4, or the learning rate never reaches its"
                        + " peak");
        SftConfig reaches = config.warmupSteps(3).build();
        assertThat(train(reaches, "out").reports.getLast().learningRate()).isEqualTo(reaches.learningRate());
    }

    @Test
    void aRunThatDivergesEndsWithTheStep() {
        SftConfig config = SftConfig.forFull()
                .learningRate(99)
                .maxGradNorm(0)
                .weightDecay(0.99)
                .schedule(SftConfig.Schedule.CONSTANT)
                .epochs(400)
                .build();
        RunRecorder recorder = new RunRecorder(-1);
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            assertThatThrownBy(() -> SftTrainer.train(lm, ROWS, config, temp.resolve("c"), recorder))
                    .isInstanceOf(DivergedException.class)
                    .hasMessageMatching("step \\d+: the (loss|gradient's norm) is (NaN|Infinity); a lower .*");
        }
        assertThat(recorder.reports)
                .allSatisfy(report -> assertThat(report.loss()).isFinite());
    }

    @Test
    void adapterAndCheckpointRememberTheChatTemplate() throws IOException {
        Path base = temp.resolve("base");
        Files.createDirectories(base);
        Files.writeString(base.resolve("chat_template.jinja"), "{{ messages[0].content }}");
        SftConfig config = SftConfig.forLora()
                .batchSize(6)
                .maxSteps(2)
                .checkpointEverySteps(1)
                .build();
        train(config, "adapter");
        try (CausalLm lm = TinyModel.create(base, 1);
                Adapter adapter = lm.attach(temp.resolve("adapter"))) {
            assertThat(adapter.fitsTemplate()).isTrue();
        }
        Files.writeString(base.resolve("chat_template.jinja"), "{{ messages[0].role }}");
        RunRecorder recorder = new RunRecorder(-1);
        try (CausalLm lm = TinyModel.create(base, 1)) {
            SftTrainer.train(lm, ROWS, config, temp.resolve("checkpoints-adapter"), recorder);
            try (Adapter adapter = lm.attach(temp.resolve("adapter"))) {
                assertThat(adapter.fitsTemplate()).isFalse();
                assertThatThrownBy(adapter::requireTemplate)
                        .isInstanceOf(ModelFormatException.class)
                        .hasMessageContaining("the adapter has ")
                        .hasMessageContaining("the base has " + lm.templateDigest());
            }
        }
        assertThat(recorder.refused)
                .isNotEmpty()
                .allSatisfy(reason -> assertThat(reason).contains("of another run: template contract was"));
    }

    /// A run that goes on with an adapter starts where that one stood.
    @Test
    void trainingContinuesFromAnAdapter() {
        SftConfig config =
                SftConfig.forLora().learningRate(1e-2).batchSize(20).maxSteps(5).build();
        List<StepReport> first = train(config, "adapter").reports;
        List<StepReport> second = new ArrayList<>();
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            lm.attach(temp.resolve("adapter"));
            SftTrainer.train(lm, ROWS, config, temp.resolve("second"), second::add);
            SftConfig other = SftConfig.forLora()
                    .lora(new LoraConfig(4, 8, 0, false, List.of("q_proj")))
                    .build();
            assertThatThrownBy(() -> SftTrainer.train(lm, ROWS, other, temp.resolve("third"), second::add))
                    .hasMessageContaining("expected the shape of the adapter that is switched on");
        }
        assertThat(second.getFirst().loss()).isLessThan(first.getLast().loss());
    }
}
