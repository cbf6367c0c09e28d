package dev.finetide.sft.generate;

import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.Setting;
import dev.finetide.sft.decoder.GenerationStep;
import dev.finetide.sft.decoder.KeyValueCache;
import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/// Continues prompts, many at once, with the adapter that is switched on, if any.
///
/// The prompts are spread over continuous batches, one for each thread. What all prompts begin with, such as an
/// instruction or examples, is read once. A prompt's text depends on the other prompts only by rounding, and always on
/// the same of them.
public final class Generator {
    /// Smallest number of tokens for which reading a beginning once saves more time than a step of its own costs.
    private static final int LEAST_SAVED = 256;

    private final CausalLm lm;

    public Generator(CausalLm lm) {
        this.lm = lm;
    }

    /// Receives each token when it is written. Tokens of several prompts come from several threads; those of one
    /// prompt come in order.
    public interface TokenListener {
        void onToken(int prompt, int token);
    }

    /// Continues prompts and returns the texts in the order of the prompts.
    public List<Generation> generate(List<int[]> prompts, GenerationConfig config) {
        return generate(prompts, config, (prompt, token) -> {});
    }

    /// Continues prompts as [#generate(List, GenerationConfig)] does, and reports each token.
    ///
    /// @throws IllegalArgumentException naming the prompt when one is empty, too long or has an
    ///     unknown token
    public List<Generation> generate(List<int[]> prompts, GenerationConfig config, TokenListener listener) {
        return write(texts(prompts, List.of(), config), config, listener).stream()
                .map(WrittenText::generation)
                .toList();
    }

    /// Continues prompts, and scores rows as [Scorer] does. A row that begins with its prompt is scored while the
    /// prompt is read, so that the prompt is read once; another row is read for itself.
    ///
    /// @param rows the row that is expected for each prompt
    public List<ScoredGeneration> generateAndScore(
            List<int[]> prompts, List<TokenizedRow> rows, GenerationConfig config, TokenListener listener) {
        Setting.require(
                rows.size() == prompts.size(), "rows", "one for each of " + prompts.size() + " prompts", rows.size());
        List<WrittenText> texts = write(texts(prompts, rows, config), config, listener);
        List<TokenizedRow> apart = IntStream.range(0, rows.size())
                .filter(i -> texts.get(i).score().isEmpty())
                .mapToObj(rows::get)
                .toList();
        List<RowScore> scores = new ArrayList<>(new Scorer(lm).score(apart));
        return texts.stream()
                .map(text ->
                        new ScoredGeneration(text.generation(), text.score().orElseGet(scores::removeFirst)))
                .toList();
    }

    private List<WrittenText> texts(List<int[]> prompts, List<TokenizedRow> rows, GenerationConfig config) {
        List<WrittenText> texts = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            int[] prompt = prompts.get(i);
            check(prompt, i);
            Optional<TokenizedRow> scored =
                    i < rows.size() && begins(rows.get(i), prompt) ? Optional.of(rows.get(i)) : Optional.empty();
            texts.add(new WrittenText(lm, config, i, prompt, scored));
        }
        return texts;
    }

    private static boolean begins(TokenizedRow row, int[] prompt) {
        return row.length() >= prompt.length && Arrays.equals(row.ids(), 0, prompt.length, prompt, 0, prompt.length);
    }

    private void check(int[] prompt, int index) {
        int longest = lm.config().maxPositions() - 1;
        Setting.require(
                prompt.length >= 1 && prompt.length <= longest,
                "prompt " + index + ": length",
                "1 to " + longest + " tokens",
                prompt.length);
        for (int id : prompt) {
            Setting.require(
                    id >= 0 && id < lm.config().vocab(),
                    "prompt " + index + ": token id",
                    "0 to " + (lm.config().vocab() - 1),
                    id);
        }
    }

    private List<WrittenText> write(List<WrittenText> texts, GenerationConfig config, TokenListener listener) {
        int lanes = Math.min(lm.threads().count(), texts.size());
        List<WrittenText> longestFirst = texts.stream()
                .sorted(Comparator.comparingInt(WrittenText::mostTokens).reversed())
                .toList();
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            KeyValueCache beginning = readBeginning(manager, texts);
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int lane = 0; lane < lanes; lane++) {
                int first = lane;
                List<WrittenText> part = IntStream.range(0, texts.size())
                        .filter(i -> i % lanes == first)
                        .mapToObj(longestFirst::get)
                        .toList();
                tasks.add(() -> {
                    try (ContinuousBatch batch =
                            new ContinuousBatch(lm, config, listener, part, beginning, 1.0 / lanes)) {
                        batch.run();
                    }
                    return null;
                });
            }
            lm.threads().run(tasks, done -> {});
        }
        return texts;
    }

    /// Reads what all prompts begin with, except the last token of any prompt.
    ///
    /// @return an empty cache for texts with this beginning
    private KeyValueCache readBeginning(PtNDManager manager, List<WrittenText> texts) {
        KeyValueCache nothing = KeyValueCache.empty(lm.program(), manager, 1, 1);
        int shared = shared(texts);
        if (shared == 0) {
            return nothing;
        }
        long begun = System.nanoTime();
        int[] ids = Arrays.copyOf(texts.getFirst().reading(-1).ids(), shared);
        Callable<KeyValueCache> task = () -> nothing.extended(manager, ids, lm.parameters());
        List<KeyValueCache> read = new ArrayList<>();
        lm.threads().run(List.of(task), read::add);
        double seconds = (System.nanoTime() - begun) / 1e9;
        texts.forEach(text -> text.spend(seconds / texts.size()));
        return read.getFirst();
    }

    private static int shared(List<WrittenText> texts) {
        List<GenerationStep.Reading> readings =
                texts.stream().map(text -> text.reading(-1)).toList();
        if (readings.isEmpty()) {
            return 0;
        }
        int[] first = readings.getFirst().ids();
        int shared = first.length;
        for (GenerationStep.Reading reading : readings) {
            int differ = Arrays.mismatch(first, reading.ids());
            shared = Math.min(shared, differ < 0 ? first.length : differ);
            shared = Math.min(shared, reading.firstPicked());
        }
        return (readings.size() - 1) * (long) shared < LEAST_SAVED ? 0 : shared;
    }
}
