package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.sft.text.TokenizedRow;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChoiceScorerTest {
    @TempDir
    Path temp;

    private CausalLm lm;

    @BeforeEach
    void create() {
        lm = TinyModel.create(temp.resolve("base"), 2);
    }

    @AfterEach
    void close() {
        lm.close();
    }

    @Test
    void choicesHaveTheLogProbabilitiesOfWholeRows() {
        List<int[]> prompts =
                TinyModel.rows(9, 20).stream().map(TokenizedRow::ids).toList();
        // Equal beginnings, a choice that another begins with, one token, and equal choices.
        List<int[]> choices = List.of(
                new int[] {5, 6, 7, 2},
                new int[] {5, 6, 8, 2},
                new int[] {5, 6},
                new int[] {5},
                new int[] {9, 9, 9, 9, 9},
                new int[] {5, 6});

        List<double[]> found = new ChoiceScorer(lm).logProbabilities(prompts, choices);

        assertThat(found).hasSize(prompts.size());
        for (int i = 0; i < prompts.size(); i++) {
            assertThat(found.get(i)).hasSize(choices.size());
            for (int c = 0; c < choices.size(); c++) {
                assertThat(found.get(i)[c])
                        .as("prompt %d, choice %d", i, c)
                        .isCloseTo(alone(prompts.get(i), choices.get(c)), within(1e-4));
            }
        }
    }

    /// Prompts that begin alike are read from where they differ, and one prompt may be the beginning of another.
    @Test
    void promptsThatBeginAlikeHaveTheSameLogProbabilitiesAsAlone() {
        List<int[]> prompts = List.of(
                new int[] {4, 5, 6, 7, 8, 9}, new int[] {4, 5, 6, 7}, new int[] {4, 5, 6, 7, 1, 1, 1}, new int[] {
                    4, 5, 6
                });
        List<int[]> choices = List.of(new int[] {7, 8}, new int[] {3});

        List<double[]> found = new ChoiceScorer(lm).logProbabilities(prompts, choices);

        for (int i = 0; i < prompts.size(); i++) {
            for (int c = 0; c < choices.size(); c++) {
                assertThat(found.get(i)[c]).isCloseTo(alone(prompts.get(i), choices.get(c)), within(1e-4));
            }
        }
    }

    @Test
    void choicesAndPromptsThatCannotBeReadAreNamed() {
        ChoiceScorer scorer = new ChoiceScorer(lm);
        List<int[]> prompts = List.of(new int[] {1}, new int[63]);
        assertThatThrownBy(() -> scorer.logProbabilities(prompts, List.of(new int[] {1}, new int[0])))
                .hasMessage("choice 1: length is 0, expected 1 token or more");
        assertThatThrownBy(() -> scorer.logProbabilities(prompts, List.of(new int[3])))
                .hasMessage("prompt 1: length is 63, expected 1 to 62 tokens before choices of up to 3");
    }

    private double alone(int[] prompt, int[] choice) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + choice.length);
        System.arraycopy(choice, 0, ids, prompt.length, choice.length);
        boolean[] supervised = new boolean[ids.length];
        Arrays.fill(supervised, prompt.length, ids.length, true);
        return -new Scorer(lm)
                .score(List.of(new TokenizedRow(ids, supervised)))
                .getFirst()
                .nll();
    }

    @Test
    void aPromptsFirstLogitsTellAnAdapterThatLearntFromItsBase() {
        int[] prompt = {4, 5, 6};
        float[] base = lm.firstLogits(prompt);
        SftConfig config = SftConfig.forLora()
                .lora(new LoraConfig(4, 8, 0, false, List.of("q_proj", "v_proj")))
                .learningRate(0.02)
                .maxSteps(3)
                .build();
        SftTrainer.train(lm, TinyModel.rows(8, 20), config, temp.resolve("checkpoints"), report -> {})
                .save(temp.resolve("adapter"), "base");

        try (Adapter adapter = lm.attach(temp.resolve("adapter"))) {
            assertThat(adapter.moduleCount()).isEqualTo(4);
            assertThat(lm.firstLogits(prompt)).hasSize(TinyModel.VOCAB).isNotEqualTo(base);
            adapter.off();
            assertThat(lm.firstLogits(prompt)).isEqualTo(base);
        }
        int likeliest = 0;
        for (int id = 1; id < base.length; id++) {
            likeliest = base[id] > base[likeliest] ? id : likeliest;
        }
        double all = 0;
        for (float logit : base) {
            all += Math.exp(logit - base[likeliest]);
        }
        assertThat(alone(prompt, new int[] {likeliest})).isCloseTo(-Math.log(all), within(1e-4));
    }
}
