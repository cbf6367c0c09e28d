package dev.finetide.sft.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TapeTest {
    /// 2 heads of scores, beside 2 x (16 + (2 + 1) x 8 + 20) = 120 other numbers a token.
    private static final ModelConfig CONFIG = TinyConfig.llama(16, 1);

    @Test
    void scoresAreKeptUpToAsManyNumbersAsAllOthers() {
        assertThat(Tape.of(CONFIG, 120, false)).isEqualTo(Tape.WHOLE);
        assertThat(Tape.of(CONFIG, 121, false)).isEqualTo(Tape.WITHOUT_SCORES);
    }

    @Test
    void aWindowHasNoMoreScoresThanItIsWide() {
        assertThat(Tape.of(windowed(60), 1000, false)).isEqualTo(Tape.WHOLE);
        assertThat(Tape.of(windowed(61), 1000, false)).isEqualTo(Tape.WITHOUT_SCORES);
    }

    private static ModelConfig windowed(int window) {
        return TinyConfig.llama(
                16, List.of(new ModelConfig.Block(OptionalInt.of(window), Optional.of(TinyConfig.ROPE))));
    }

    @Test
    void activationCheckpointingKeepsTheInputsOfBlocks() {
        assertThat(Tape.of(CONFIG, 1, true)).isEqualTo(Tape.BLOCK_INPUTS);
        assertThat(Tape.of(CONFIG, 1000, true)).isEqualTo(Tape.BLOCK_INPUTS);
    }
}
