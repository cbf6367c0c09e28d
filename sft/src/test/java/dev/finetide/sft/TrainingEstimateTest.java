package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.train.Checkpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingEstimateTest {
    private static final List<TokenizedRow> ROWS = TinyModel.rows(40, 30);

    @TempDir
    Path temp;

    @Test
    void countsAreExactAndNothingLearns() {
        long tokens = ROWS.stream().mapToLong(TokenizedRow::length).sum();
        SftConfig config = SftConfig.forFull()
                .learningRate(1e-2)
                .weightDecay(0.1)
                .batchSize(6)
                .epochs(3)
                .build();
        RunRecorder plain = train(config, "a");
        RunRecorder estimated = new RunRecorder(-1);
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            TrainingEstimate estimate = estimate(SftTrainer.prepare(lm, ROWS, ROWS.subList(0, 5), config));
            assertThat(estimate.steps()).isEqualTo(21);
            assertThat(estimate.tokens()).isEqualTo(3 * tokens);
            assertThat(estimate.parameters()).isEqualTo(lm.parameterCount()).isEqualTo(estimate.trainableParameters());
            assertThat(estimate.optimiserBytes()).isEqualTo(12 * lm.parameterCount());
            assertThat(estimate.seconds()).isPositive();
            assertThat(estimate.peakMemoryBytes()).isGreaterThan(estimate.weightBytes());
            SftTrainer.train(lm, ROWS, config, temp.resolve("b"), estimated);
        }
        assertThat(estimated.losses()).isEqualTo(plain.losses());
    }

    @Test
    void anAdapterCountsOnTopOfItsBase() {
        SftConfig config = SftConfig.forLora().maxSteps(5).build();
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            TrainingEstimate estimate = estimate(SftTrainer.prepare(lm, ROWS, List.of(), config));
            assertThat(estimate.trainableParameters()).isPositive();
            assertThat(estimate.parameters()).isEqualTo(lm.parameterCount() + estimate.trainableParameters());
            assertThat(estimate.tokens()).isPositive().isLessThan(5 * 16 * 30);
        }
    }

    /// The same trainer estimates and then trains as if it had not: momentum, random numbers and weights are as at the
    /// start.
    @Test
    void aRunAfterItsEstimateIsTheRunWithoutOne() throws IOException {
        SftConfig config = SftConfig.forLora()
                .lora(new LoraConfig(4, 8, 0.1, false, List.of("all-linear")))
                .batchSize(6)
                .weightDecay(0.1)
                .checkpointEverySteps(4)
                .maxSteps(9)
                .build();
        for (boolean estimates : new boolean[] {false, true}) {
            try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2);
                    SftTrainer trainer = SftTrainer.prepare(lm, ROWS, List.of(), config)) {
                if (estimates) {
                    trainer.estimate(temp.resolve("c-true"), _ -> {});
                }
                trainer.run(temp.resolve("c-" + estimates), report -> {}).save(temp.resolve("a-" + estimates), "tiny");
                assertThatThrownBy(() -> trainer.estimate(temp, _ -> {})).hasMessage("this trainer has run");
                assertThatThrownBy(() -> trainer.run(temp, report -> {})).hasMessage("this trainer has run");
            }
        }
        String adapter = "adapter_model.safetensors";
        assertThat(temp.resolve("a-true").resolve(adapter))
                .hasSameBinaryContentAs(temp.resolve("a-false").resolve(adapter));
    }

    @Test
    void aCheckpointIsWrittenOnceForTheEstimateAndNotKept() throws IOException {
        Path checkpoints = temp.resolve("checkpoints");
        List<Path> seen = new ArrayList<>();
        SftConfig config =
                SftConfig.forLora().maxSteps(5).checkpointEverySteps(2).build();
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2);
                SftTrainer trainer = SftTrainer.prepare(lm, ROWS, List.of(), config)) {
            AtomicLong slept = new AtomicLong();
            TrainingEstimate estimate = trainer.estimate(checkpoints, checkpoint -> {
                        Checkpoints.requireWhole(checkpoint);
                        seen.add(checkpoint);
                        slept.set(sleep());
                    })
                    .orElseThrow();
            assertThat(seen)
                    .singleElement()
                    .satisfies(checkpoint ->
                            assertThat(checkpoint).hasParentRaw(checkpoints).doesNotExist());
            assertThat(estimate.seconds()).as("after steps 2, 4 and 5").isGreaterThan(3e-9 * slept.get());
            assertThat(checkpoints).isEmptyDirectory();
            RunRecorder recorder = new RunRecorder(-1);
            assertThat(trainer.run(checkpoints, recorder).steps()).isEqualTo(5);
            assertThat(recorder.losses()).hasSize(5);
        }
    }

    /// @return nanoseconds that it took
    private static long sleep() {
        long began = System.nanoTime();
        LockSupport.parkNanos(50_000_000);
        return System.nanoTime() - began;
    }

    private TrainingEstimate estimate(SftTrainer trainer) {
        try (trainer) {
            return trainer.estimate(temp.resolve("none"), _ -> {}).orElseThrow();
        }
    }

    private RunRecorder train(SftConfig config, String checkpoints) {
        RunRecorder recorder = new RunRecorder(-1);
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            SftTrainer.train(lm, ROWS, config, temp.resolve(checkpoints), recorder);
        }
        return recorder;
    }
}
