package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checks the definition of a step's loss. PackingTest covers packed rows, RowEncoderTest the end-of-turn token, and
/// GenerationGoldensTest labels against transformers.
class LossFactsTest {
    private static final List<TokenizedRow> ROWS = TinyModel.rows(12, 30);

    @TempDir
    Path temp;

    private TokenizedRow row(int[] ids, int... supervised) {
        boolean[] flags = new boolean[ids.length];
        Arrays.stream(supervised).forEach(t -> flags[t] = true);
        return new TokenizedRow(ids, flags);
    }

    private double nll(CausalLm lm, TokenizedRow row) {
        return new Scorer(lm).score(List.of(row)).getFirst().nll();
    }

    private StepReport firstStep(SftConfig config, int threads, String out) {
        RunRecorder recorder = new RunRecorder(-1);
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), threads)) {
            SftTrainer.train(lm, ROWS, config, temp.resolve("checkpoints-" + out), recorder)
                    .save(temp.resolve(out), "base");
        }
        return recorder.reports.getFirst();
    }

    /// One row with 1 supervised token and one with 20 weigh by their tokens, not by their rows.
    @Test
    void theLossIsDividedByAllSupervisedTokensOfTheStep() {
        SftConfig whole = SftConfig.forFull().batchSize(12).maxSteps(1).build();
        double nll = 0;
        int tokens = 0;
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 1)) {
            for (TokenizedRow row : ROWS) {
                nll += nll(lm, row);
                tokens += row.supervisedTokens();
            }
        }
        assertThat(ROWS.stream().map(TokenizedRow::supervisedTokens).distinct()).hasSizeGreaterThan(3);
        assertThat(firstStep(whole, 1, "whole").loss()).isCloseTo(nll / tokens, Offset.offset(1e-6));
    }

    /// One batch of N rows is N accumulated rows, and the sums are added in the same order however many rows are
    /// computed at once: then the bits are equal.
    @Test
    void accumulationChangesNothing() throws IOException {
        SftConfig.Builder config =
                SftConfig.forFull().learningRate(1e-2).batchSize(12).maxSteps(1);
        StepReport whole = firstStep(config.microBatchTokens(10_000).build(), 1, "whole");
        StepReport rowByRow = firstStep(config.microBatchTokens(1).build(), 1, "row-by-row");
        StepReport sideBySide = firstStep(config.microBatchTokens(1).build(), 2, "side-by-side");
        assertThat(rowByRow.loss()).isCloseTo(whole.loss(), Offset.offset(1e-6));
        assertThat(rowByRow.gradNorm()).isCloseTo(whole.gradNorm(), Offset.offset(1e-5));
        assertThat(sideBySide.loss()).isEqualTo(rowByRow.loss());
        assertThat(Files.readAllBytes(temp.resolve("side-by-side/model.safetensors")))
                .isEqualTo(Files.readAllBytes(temp.resolve("row-by-row/model.safetensors")));
    }

    /// Token t is predicted from the tokens before it: itself it is a label only.
    @Test
    void labelsAreShiftedByOne() {
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 1)) {
            int[] ids = {5, 9, 3, 7, 11};
            double all = nll(lm, row(ids, 1, 2, 3, 4));
            double sum = 0;
            for (int t = 1; t < ids.length; t++) {
                sum += nll(lm, row(Arrays.copyOf(ids, t + 1), t));
            }
            assertThat(sum).isCloseTo(all, Offset.offset(1e-4));
            double third = nll(lm, row(ids, 3));
            assertThat(nll(lm, row(new int[] {5, 9, 3, 7, 40}, 3)))
                    .as("another token behind")
                    .isEqualTo(third);
            assertThat(nll(lm, row(new int[] {5, 9, 30, 7, 11}, 3)))
                    .as("another token before")
                    .isNotEqualTo(third);
        }
    }

    /// A short row beside a long one: its loss and what it teaches stay.
    @Test
    void paddingIsNeverLearntNorSeen() {
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 1)) {
            TokenizedRow small = row(new int[] {5, 9, 3}, 1, 2);
            TokenizedRow large = TinyModel.rows(40, 60).stream()
                    .filter(row -> row.length() > 50)
                    .findFirst()
                    .orElseThrow();
            List<RowScore> together = new Scorer(lm).score(List.of(small, large));
            assertThat(together.getFirst().supervisedTokens()).isEqualTo(2);
            assertThat(together.getFirst().nll()).isCloseTo(nll(lm, small), Offset.offset(1e-5));
            assertThat(together.getLast().nll()).isCloseTo(nll(lm, large), Offset.offset(1e-4));
        }
    }

    @Test
    void aRowOfWhichNothingIsSupervisedScoresNothing() {
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 1)) {
            assertThat(new Scorer(lm).score(List.of(row(new int[] {5, 9, 3})))).containsExactly(new RowScore(0, 0, 0));
        }
    }
}
