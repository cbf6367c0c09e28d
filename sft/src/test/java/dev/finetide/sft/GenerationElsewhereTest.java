package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.golden.GoldenFolders;
import dev.finetide.sft.torch.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Compares texts and scores of a real pretrained model with those of transformers, whose batches are padded on the
/// left.
class GenerationElsewhereTest {
    private static final int NEW_TOKENS = 24;

    @TempDir
    Path temp;

    @Test
    void textsAndScoresOfChoicesAreThoseOfTransformers() throws Exception {
        Path dir = GoldenFolders.shared().resolve("models/stories260k");
        assumeTrue(Files.isDirectory(dir), "no shared/models/stories260k");
        String python = ElsewhereLogits.python();
        EngineOptions options = EngineOptions.defaults().withPrecision(Precision.FP32);
        try (CausalLm lm = CausalLm.load(dir, options)) {
            List<int[]> prompts = prompts(lm);
            List<int[]> choices = List.of(ids(lm, " happy."), ids(lm, " sad."), ids(lm, " happy and sad."));
            Map<String, Object> job =
                    Map.of("prompts", prompts, "choices", choices, "batches", List.of(8, 16), "new_tokens", NEW_TOKENS);
            Path file = temp.resolve("job.json");
            new ObjectMapper().writeValue(file.toFile(), job);

            List<Generation> texts = new Generator(lm).generate(prompts, GenerationConfig.greedy(NEW_TOKENS, Set.of()));
            List<double[]> scores = new ChoiceScorer(lm).logProbabilities(prompts, choices);

            String printed =
                    PythonProgram.run(python, "src/test/python/generate_padded.py", dir.toString(), file.toString());
            assertThat(printed).isNotNull();
            JsonNode theirs =
                    new ObjectMapper().readTree(printed.lines().toList().getLast());
            for (int i = 0; i < prompts.size(); i++) {
                for (JsonNode batches : theirs.get("texts")) {
                    assertThat(batches.get(i))
                            .as("prompt %d", i)
                            .hasToString(
                                    Arrays.toString(texts.get(i).newTokens()).replace(" ", ""));
                }
                for (int c = 0; c < choices.size(); c++) {
                    assertThat(scores.get(i)[c])
                            .isCloseTo(theirs.get("choices").get(i).get(c).doubleValue(), within(1e-3));
                }
            }
        }
    }

    /// Prompts of several lengths, half of which begin with the same sentences.
    private static List<int[]> prompts(CausalLm lm) {
        String[] words = {"Tom", "the dog", "a big", "ball", "was", "and then", "her mom", "tree", "ran", "red"};
        Random random = new Random(7);
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            StringBuilder text = new StringBuilder(
                    i % 2 == 0
                            ? "Once upon a time, there was a little girl named Lily. She loved to play outside in the park."
                            : "One day,");
            int more = 1 + random.nextInt(20);
            for (int word = 0; word < more; word++) {
                text.append(' ').append(words[random.nextInt(words.length)]);
            }
            int[] ids = ids(lm, text.toString());
            int[] prompt = new int[ids.length + 1];
            prompt[0] = lm.tokenizer().bosId().orElseThrow();
            System.arraycopy(ids, 0, prompt, 1, ids.length);
            prompts.add(prompt);
        }
        return prompts;
    }

    private static int[] ids(CausalLm lm, String text) {
        return lm.tokenizer().encode(text, false);
    }
}
