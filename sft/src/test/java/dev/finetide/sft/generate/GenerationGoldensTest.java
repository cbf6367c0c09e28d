package dev.finetide.sft.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against what transformers writes, draws from and scores (src/test/python/make_generation_goldens.py).
class GenerationGoldensTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    private static JsonNode golden(String folder) throws IOException {
        return new ObjectMapper()
                .readTree(GOLDEN.resolve(folder).resolve("generation.json").toFile());
    }

    private static CausalLm load(String folder) {
        return CausalLm.load(GOLDEN.resolve(folder), EngineOptions.defaults().withThreads(1));
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-untied", "llama3-grouped"})
    void repeatedTokensAreMadeLessLikely(String folder) throws IOException {
        try (CausalLm lm = load(folder)) {
            for (JsonNode one : golden(folder).get("penalised")) {
                GenerationConfig config = GenerationConfig.greedy(20, Set.of())
                        .withRepetitionPenalty(one.get("repetition_penalty").asDouble());
                List<Generation> written = new Generator(lm).generate(List.of(ints(one.get("prompt"))), config);
                assertThat(written.getFirst().newTokens())
                        .as("penalty %s", config.repetitionPenalty())
                        .isEqualTo(ints(one.get("tokens")));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-untied", "llama3-grouped"})
    void tokensAreDrawnFromTheSameProbabilities(String folder) throws IOException {
        for (JsonNode one : golden(folder).get("distributions")) {
            GenerationConfig config = GenerationConfig.sampled(
                            1,
                            Set.of(),
                            one.get("temperature").asDouble(),
                            one.get("top_k").asInt(),
                            one.get("top_p").asDouble(),
                            0)
                    .withRepetitionPenalty(one.get("repetition_penalty").asDouble());
            double[] logits = doubles(one.get("logits"));
            float[] penalised = new float[logits.length];
            IntStream.range(0, logits.length).forEach(id -> penalised[id] = (float) logits[id]);
            BitSet seen = new BitSet();
            Arrays.stream(ints(one.get("seen"))).forEach(seen::set);
            TokenDraw.next(penalised, seen, config, new SplittableRandom(1));
            TokenDraw.Candidates candidates = TokenDraw.Candidates.of(penalised, config);
            double[] found = new double[logits.length];
            for (int i = 0; i < candidates.ids().length; i++) {
                found[candidates.ids()[i]] = candidates.weights()[i] / candidates.sum();
            }
            assertThat(found).containsExactly(doubles(one.get("probabilities")), Offset.offset(1e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-untied", "llama3-grouped"})
    void completionsHaveTheSameLogProbabilities(String folder) throws IOException {
        List<TokenizedRow> rows = new ArrayList<>();
        List<double[]> expected = new ArrayList<>();
        for (JsonNode one : golden(folder).get("completions")) {
            int[] ids = ints(one.get("ids"));
            boolean[] supervised = new boolean[ids.length];
            Arrays.fill(supervised, one.get("prompt").asInt(), ids.length, true);
            rows.add(new TokenizedRow(ids, supervised));
            expected.add(doubles(one.get("log_probabilities")));
        }
        try (CausalLm lm = load(folder)) {
            List<float[]> found = new Scorer(lm).logProbabilities(rows);
            List<RowScore> scores = new Scorer(lm).score(rows);
            for (int i = 0; i < rows.size(); i++) {
                double[] row = new double[found.get(i).length];
                for (int t = 0; t < row.length; t++) {
                    row[t] = found.get(i)[t];
                }
                assertThat(row).containsExactly(expected.get(i), Offset.offset(1e-4));
                assertThat(scores.get(i).nll())
                        .isCloseTo(-Arrays.stream(expected.get(i)).sum(), Offset.offset(1e-3));
            }
        }
    }
}
