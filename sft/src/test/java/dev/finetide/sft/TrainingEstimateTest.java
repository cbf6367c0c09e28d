package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.sft.text.TokenizedRow;
import java.nio.file.Path;
import java.util.List;
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
            TrainingEstimate estimate =
                    SftTrainer.estimate(lm, ROWS, ROWS.subList(0, 5), config).orElseThrow();
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
            TrainingEstimate estimate =
                    SftTrainer.estimate(lm, ROWS, List.of(), config).orElseThrow();
            assertThat(estimate.trainableParameters()).isPositive();
            assertThat(estimate.parameters()).isEqualTo(lm.parameterCount() + estimate.trainableParameters());
            assertThat(estimate.tokens()).isPositive().isLessThan(5 * 16 * 30);
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
