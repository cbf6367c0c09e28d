package dev.finetide.sft.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.StepReport;
import dev.finetide.sft.TinyModel;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.decoder.GenerationStep;
import dev.finetide.sft.decoder.GenerationStep.Newest;
import dev.finetide.sft.decoder.GenerationStep.Reading;
import dev.finetide.sft.decoder.KeyValueCache;
import dev.finetide.sft.text.CharacterTokenizer;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorTest {
    @TempDir
    Path temp;

    private CausalLm lm;
    private List<int[]> prompts;

    @BeforeEach
    void train() {
        lm = TinyModel.create(temp.resolve("base"), 2);
        // Trained a little, so that the likeliest token is not a matter of rounding.
        SftConfig config =
                SftConfig.forFull().learningRate(0.02).epochs(5).batchSize(8).build();
        SftTrainer.train(lm, TinyModel.rows(40, 20), config, temp.resolve("checkpoints"), report -> {});
        prompts = TinyModel.rows(24, 20).stream().map(TokenizedRow::ids).toList();
    }

    @AfterEach
    void close() {
        lm.close();
    }

    @Test
    void aPromptsTextDoesNotDependOnItsNeighbours() {
        GenerationConfig config = GenerationConfig.greedy(12, Set.of(3, 4, 5, 6, 7));
        Generator generator = new Generator(lm);
        List<Generation> together = generator.generate(prompts, config);
        for (int i = 0; i < prompts.size(); i++) {
            Generation alone =
                    generator.generate(List.of(prompts.get(i)), config).getFirst();
            assertThat(together.get(i).newTokens()).as("prompt %d", i).isEqualTo(alone.newTokens());
            assertThat(together.get(i).stopReason()).isEqualTo(alone.stopReason());
        }
    }

    @Test
    void theCacheChangesNothing() {
        int[] prompt = prompts.getFirst();
        int[] cached = new Generator(lm)
                .generate(List.of(prompt), GenerationConfig.greedy(10, Set.of()))
                .getFirst()
                .newTokens();
        List<Integer> tokens = new ArrayList<>();
        for (int id : prompt) {
            tokens.add(id);
        }
        for (int expected : cached) {
            int[] whole = tokens.stream().mapToInt(Integer::intValue).toArray();
            int next = new Generator(lm)
                    .generate(List.of(whole), GenerationConfig.greedy(1, Set.of()))
                    .getFirst()
                    .newTokens()[0];
            assertThat(next).isEqualTo(expected);
            tokens.add(next);
        }
    }

    @Test
    void textsEndForOneOfThreeReasons() {
        Generator generator = new Generator(lm);
        int[] prompt = prompts.getFirst();
        Generation limited = generator
                .generate(List.of(prompt), GenerationConfig.greedy(6, Set.of()))
                .getFirst();
        assertThat(limited.newTokens()).hasSize(6);
        assertThat(limited.stopReason()).isEqualTo(Generation.StopReason.MAX_NEW_TOKENS);
        Generation full = generator
                .generate(List.of(prompt), GenerationConfig.greedy(500, Set.of()))
                .getFirst();
        assertThat(full.newTokens()).hasSize(64 - prompt.length);
        assertThat(full.stopReason()).isEqualTo(Generation.StopReason.CONTEXT_FULL);
        GenerationConfig stopping = GenerationConfig.greedy(6, Set.of(limited.newTokens()[0]));
        Generation stopped = generator.generate(List.of(prompt), stopping).getFirst();
        assertThat(stopped.newTokens()).isEmpty();
        assertThat(stopped.stopReason()).isEqualTo(Generation.StopReason.STOP_TOKEN);
    }

    @Test
    void drawsRepeatWithTheSeedAndListenersHearEveryToken() {
        Map<Integer, List<Integer>> heard = new ConcurrentHashMap<>();
        GenerationConfig config = GenerationConfig.sampled(8, Set.of(), 1.0, 20, 0.9, 5);
        Generator generator = new Generator(lm);
        List<Generation> first = generator.generate(
                prompts,
                config,
                (prompt, token) ->
                        heard.computeIfAbsent(prompt, p -> new ArrayList<>()).add(token));
        List<Generation> second = generator.generate(prompts, config);
        GenerationConfig other = GenerationConfig.sampled(8, Set.of(), 1.0, 20, 0.9, 6);
        List<Generation> third = generator.generate(prompts, other);
        int same = 0;
        for (int i = 0; i < prompts.size(); i++) {
            int[] tokens = first.get(i).newTokens();
            assertThat(heard.get(i).stream().mapToInt(Integer::intValue).toArray())
                    .isEqualTo(tokens);
            assertThat(second.get(i).newTokens()).isEqualTo(tokens);
            same += Arrays.equals(third.get(i).newTokens(), tokens) ? 1 : 0;
        }
        assertThat(same).isLessThan(prompts.size());
    }

    @Test
    void drawsKeepToTopKAndTopP() {
        float[] logits = {0, 3, 2.9f, -1, 2};
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 500; i++) {
            assertThat(draw(logits, GenerationConfig.sampled(1, Set.of(), 1, 2, 1, 0), random))
                    .isIn(1, 2);
            assertThat(draw(logits, GenerationConfig.sampled(1, Set.of(), 1, 0, 0.3, 0), random))
                    .isEqualTo(1);
            assertThat(draw(logits, GenerationConfig.sampled(1, Set.of(), 0.01, 0, 1, 0), random))
                    .isEqualTo(1);
        }
    }

    private static int draw(float[] logits, GenerationConfig config, SplittableRandom random) {
        return TokenDraw.next(logits.clone(), new BitSet(), config, random);
    }

    @Test
    void aStopStringEndsTheTextBeforeIt() throws IOException {
        CharacterTokenizer.write(temp.resolve("base"), false).close();
        try (CausalLm spelling = TinyModel.create(temp.resolve("base"), 1)) {
            Generator generator = new Generator(spelling);
            GenerationConfig config = GenerationConfig.sampled(40, Set.of(), 1, 0, 1, 3);
            String free = text(spelling, generator.generate(List.of(new int[] {5, 6}), config), config);
            String stop = free.substring(10, 13);
            GenerationConfig stopping = config.withStopStrings(List.of("never written", stop));
            List<Generation> stopped = generator.generate(List.of(new int[] {5, 6}), stopping);
            assertThat(stopped.getFirst().stopReason()).isEqualTo(Generation.StopReason.STOP_STRING);
            assertThat(text(spelling, stopped, stopping)).isEqualTo(free.substring(0, free.indexOf(stop)));
        }
    }

    private static String text(CausalLm model, List<Generation> generations, GenerationConfig config) {
        return config.untilStop(model.tokenizer().decode(generations.getFirst().newTokens(), true));
    }

    /// Long prompts are read in pieces, and what all begin with once; a row scored at once knows of neither.
    @ParameterizedTest
    @ValueSource(ints = {0, 40, 600})
    void aLongPromptIsContinuedAsTheWholeOfItSays(int shared) {
        int[] beginning = new Random(3).ints(shared, 0, lm.config().vocab()).toArray();
        List<int[]> longPrompts = TinyModel.rows(4, 1500).stream()
                .map(row -> joined(beginning, row.ids()))
                .toList();
        assertThat(longPrompts.stream().mapToInt(ids -> ids.length).max().orElseThrow())
                .isGreaterThan(shared + 1024);
        try (CausalLm longer = TinyModel.create(temp.resolve("longer"), EngineOptions.defaults(), 4096)) {
            List<Generation> generations =
                    new Generator(longer).generate(longPrompts, GenerationConfig.greedy(3, Set.of()));
            List<TokenizedRow> rows = new ArrayList<>();
            for (int i = 0; i < longPrompts.size(); i++) {
                int[] prompt = longPrompts.get(i);
                int[] ids = joined(prompt, generations.get(i).newTokens());
                boolean[] supervised = new boolean[ids.length];
                Arrays.fill(supervised, prompt.length, ids.length, true);
                rows.add(new TokenizedRow(ids, supervised));
            }
            assertThat(new Scorer(longer).score(rows))
                    .allSatisfy(score -> assertThat(score.correctTokens()).isEqualTo(3));
        }
    }

    /// A shared beginning is kept apart from the tokens of single rows, and positions count on from it.
    @Test
    void logitsAfterABeginningReadOnceAreThoseOfTheWholeRow() {
        int[] beginning = {5, 9, 2, 7, 3};
        int[][] own = {{4, 1, 8, 6, 2, 9, 3}, {7, 7, 5, 1}};
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            KeyValueCache cache = KeyValueCache.empty(lm.program(), manager, 1, 1)
                    .extended(manager, Arrays.copyOf(beginning, 2), lm.parameters())
                    .extended(manager, beginning, lm.parameters())
                    .resized(manager, 3, 8);
            List<Reading> rows =
                    List.of(Reading.prompt(joined(beginning, own[0]), 0), Reading.prompt(joined(beginning, own[1]), 2));
            NDArray read = logits(manager, List.of(), rows, cache);
            List<Newest> newest =
                    List.of(new Newest(6, own[0].length + 1), Newest.NONE, new Newest(8, own[1].length + 1));
            NDArray more = logits(manager, newest, List.of(Reading.prompt(joined(beginning, own[1]), 1)), cache);
            for (int row = 0; row < 2; row++) {
                int[] ids = joined(beginning, own[row]);
                assertThat(read.get(row).toFloatArray()).containsExactly(whole(manager, ids), offset(1e-4f));
                assertThat(more.get(2 * row).toFloatArray())
                        .containsExactly(whole(manager, joined(ids, new int[] {6 + 2 * row})), offset(1e-4f));
            }
            assertThat(more.get(3).toFloatArray()).containsExactly(read.get(1).toFloatArray(), offset(1e-4f));
        }
    }

    private NDArray logits(PtNDManager manager, List<Newest> newest, List<Reading> rows, KeyValueCache cache) {
        GenerationStep step = GenerationStep.of(manager, newest, rows, cache);
        return lm.program().stepLogits(manager, step, cache, lm.parameters()).getFirst();
    }

    private float[] whole(PtNDManager manager, int[] ids) {
        Batch alone = Batch.of(manager, List.of(TokenizedRow.unsupervised(ids)));
        return lm.program()
                .logits(manager, alone, lm.parameters())
                .get(ids.length - 1)
                .toFloatArray();
    }

    private static int[] joined(int[] first, int[] second) {
        int[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    /// More prompts than a batch has slots for, so that most of them wait.
    @Test
    void waitingPromptsChangeNoText() {
        List<int[]> many =
                TinyModel.rows(300, 40).stream().map(TokenizedRow::ids).toList();
        GenerationConfig config = GenerationConfig.greedy(20, Set.of(3, 4, 5, 6, 7));
        Generator generator = new Generator(lm);
        List<int[]> texts = generator.generate(many, config).stream()
                .map(Generation::newTokens)
                .toList();
        for (int i = 0; i < many.size(); i += 7) {
            assertThat(texts.get(i))
                    .as("prompt %d", i)
                    .isEqualTo(generator
                            .generate(List.of(many.get(i)), config)
                            .getFirst()
                            .newTokens());
        }
        assertThat(generator.generate(many, config).stream().map(Generation::newTokens))
                .containsExactlyElementsOf(texts);
    }

    /// Whenever a prompt begins that had to wait, a text that began earlier is still being written.
    @Test
    void aTextThatHasEndedMakesRoomForTheNextPromptAtOnce() {
        List<int[]> many =
                TinyModel.rows(300, 40).stream().map(TokenizedRow::ids).toList();
        List<Integer> heard = new ArrayList<>();
        try (CausalLm alone = TinyModel.create(temp.resolve("alone"), 1)) {
            new Generator(alone)
                    .generate(many, GenerationConfig.greedy(20, Set.of(3, 4, 5)), (prompt, token) -> heard.add(prompt));
        }
        Set<Integer> begun = new LinkedHashSet<>();
        for (int at = 0; at < heard.size(); at++) {
            if (begun.add(heard.get(at)) && begun.size() > 150) {
                assertThat(heard.subList(at + 1, heard.size()))
                        .as("prompts after %d tokens", at)
                        .containsAnyElementsOf(List.copyOf(begun).subList(0, begun.size() - 1));
            }
        }
        assertThat(begun).hasSizeGreaterThan(200);
    }

    @Test
    void rowsAreScoredWhileTheirPromptsAreRead() {
        GenerationConfig config = GenerationConfig.greedy(9, Set.of(3, 4, 5));
        int[] beginning = new Random(5).ints(20, 0, TinyModel.VOCAB).toArray();
        List<int[]> asked = new ArrayList<>();
        List<TokenizedRow> rows = new ArrayList<>();
        for (int[] prompt : prompts) {
            asked.add(joined(beginning, prompt));
            int[] ids = joined(asked.getLast(), new int[] {7, 3, 9, 2});
            boolean[] supervised = new boolean[ids.length];
            Arrays.fill(supervised, ids.length - 4 + rows.size() % 3, ids.length, true);
            rows.add(new TokenizedRow(ids, supervised));
        }
        // One row does not begin with its prompt, and another has a supervised token inside of it.
        rows.set(3, TinyModel.rows(1, 20).getFirst());
        rows.get(5).supervised()[22] = true;

        List<ScoredGeneration> both = new Generator(lm).generateAndScore(asked, rows, config, (_, _) -> {});

        List<Generation> texts = new Generator(lm).generate(asked, config);
        List<RowScore> scores = new Scorer(lm).score(rows);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(both.get(i).generation().newTokens())
                    .isEqualTo(texts.get(i).newTokens());
            RowScore score = both.get(i).score();
            assertThat(score.nll()).as("row %d", i).isCloseTo(scores.get(i).nll(), Offset.offset(1e-4));
            assertThat(score.supervisedTokens()).isEqualTo(scores.get(i).supervisedTokens());
            assertThat(score.correctTokens()).isEqualTo(scores.get(i).correctTokens());
        }
    }

    /// On one thread, prompts are computed one step after the other, so their shares add up to no more than the time
    /// that passed.
    @Test
    void timesOfTextsAreLatenciesAndSharesOfTheComputing() {
        try (CausalLm alone = TinyModel.create(temp.resolve("alone"), 1)) {
            long begun = System.nanoTime();
            List<Generation> texts = new Generator(alone).generate(prompts, GenerationConfig.greedy(12, Set.of(3)));
            double passed = (System.nanoTime() - begun) / 1e9;
            assertThat(texts)
                    .allSatisfy(text ->
                            assertThat(text.computeSeconds()).isPositive().isLessThanOrEqualTo(text.seconds()));
            assertThat(texts).allSatisfy(text -> assertThat(text.seconds()).isLessThanOrEqualTo(passed));
            assertThat(texts.stream().mapToDouble(Generation::computeSeconds).sum())
                    .isLessThanOrEqualTo(passed);
        }
    }

    @Test
    void promptsThatCannotBeReadAreNamed() {
        GenerationConfig config = GenerationConfig.greedy(1, Set.of());
        Generator generator = new Generator(lm);
        assertThatThrownBy(() -> generator.generate(List.of(new int[] {1}, new int[0]), config))
                .hasMessage("prompt 1: length is 0, expected 1 to 63 tokens");
        assertThatThrownBy(() -> generator.generate(List.of(new int[] {99}), config))
                .hasMessage("prompt 0: token id is 99, expected 0 to 60");
    }

    @Test
    void scoresAddUpToTheTrainingLoss() {
        List<TokenizedRow> rows = TinyModel.rows(30, 25);
        List<RowScore> scores = new Scorer(lm).score(rows);
        List<StepReport> reports = new ArrayList<>();
        SftConfig config = SftConfig.forFull().batchSize(30).maxSteps(1).build();
        SftTrainer.train(lm, rows, config, temp.resolve("other"), reports::add);
        double nll = scores.stream().mapToDouble(RowScore::nll).sum();
        int tokens = scores.stream().mapToInt(RowScore::supervisedTokens).sum();
        assertThat(nll / tokens).isCloseTo(reports.getFirst().loss(), Offset.offset(1e-5));
        assertThat(scores)
                .allSatisfy(score -> assertThat(score.correctTokens()).isBetween(0, score.supervisedTokens()));
    }
}
