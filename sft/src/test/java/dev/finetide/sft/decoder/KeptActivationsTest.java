package dev.finetide.sft.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.modelfiles.config.ModelConfig;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class KeptActivationsTest {
    /// The scores of 2 heads are compared with 2 x (16 + (2 + 1) x 8 + 20) = 120 other numbers a token.
    private static final ModelConfig CONFIG = TinyConfig.llama(16, 1);

    @Test
    void scoresAreKeptUpToAsManyNumbersAsAllOthers() {
        assertThat(KeptActivations.of(CONFIG, 120, false)).isEqualTo(KeptActivations.ALL);
        assertThat(KeptActivations.of(CONFIG, 121, false)).isEqualTo(KeptActivations.ALL_BUT_SCORES);
    }

    @Test
    void aWindowHasNoMoreScoresThanItIsWide() {
        assertThat(KeptActivations.of(windowed(60), 1000, false)).isEqualTo(KeptActivations.ALL);
        assertThat(KeptActivations.of(windowed(61), 1000, false)).isEqualTo(KeptActivations.ALL_BUT_SCORES);
    }

    private static ModelConfig windowed(int window) {
        return TinyConfig.llama(
                16, List.of(new ModelConfig.Block(OptionalInt.of(window), Optional.of(TinyConfig.ROPE))));
    }

    @Test
    void activationCheckpointingKeepsTheInputsOfBlocks() {
        assertThat(KeptActivations.of(CONFIG, 1, true)).isEqualTo(KeptActivations.BLOCK_INPUTS);
        assertThat(KeptActivations.of(CONFIG, 1000, true)).isEqualTo(KeptActivations.BLOCK_INPUTS);
    }
}
