package dev.finetide.sft.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.Setting;
import dev.finetide.sft.decoder.Batch;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.LengthGroups;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.train.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/// Continues prompts, many at once, with the adapter that is switched on, if any.
///
/// Prompts of a batch are padded on the left, so that all rows write into the same column of the cache. Padding is
/// masked out, and positions count from the start of each prompt, so a prompt's text depends on the other prompts
/// only by rounding. The tokens that all prompts of a batch begin with, such as an instruction or examples, stand
/// before the padding and are read once.
public final class Generator {
    /// Largest number of columns of the cache times rows of a batch.
    private static final int BATCH_TOKENS = 8192;

    /// Extra tokens that the search for a stop string looks at, because special tokens have no text.
    private static final int STOP_STRING_MARGIN = 8;

    /// Columns of a prompt that are computed at once. Their scores with all earlier columns are held in memory.
    private static final int PROMPT_COLUMNS = 512;

    /// Smallest number of shared tokens for which reading them once saves more time than it costs.
    private static final int LEAST_SHARED = 32;

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
        int[] columns = new int[prompts.size()];
        for (int i = 0; i < columns.length; i++) {
            check(prompts.get(i), i);
            columns[i] = prompts.get(i).length + config.maxNewTokens();
        }
        Generation[] generations = new Generation[prompts.size()];
        List<Callable<Void>> tasks = new ArrayList<>();
        for (List<Integer> group : LengthGroups.of(columns, BATCH_TOKENS)) {
            tasks.add(() -> {
                try (Writing writing = new Writing(prompts, group, config, listener)) {
                    writing.run(generations);
                }
                return null;
            });
        }
        lm.threads().run(tasks, done -> {});
        return Arrays.asList(generations);
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

    /// A batch that is being written: the unfinished rows and their cache.
    private final class Writing implements AutoCloseable {
        private final List<int[]> prompts;
        private final GenerationConfig config;
        private final TokenListener listener;
        private final DecoderProgram program = lm.program();
        private final List<NDArray> parameters = lm.parameters();
        private final PtNDManager manager =
                lm.manager().newSubManager(lm.manager().getDevice());
        private final int width;
        private final int shared;
        private List<NDArray> cache;
        private List<Row> rows = new ArrayList<>();

        private static final class Row {
            final int prompt;
            final int start;
            final SplittableRandom random;
            final List<Integer> written = new ArrayList<>();
            final BitSet seen = new BitSet();
            final long admitted = System.nanoTime();
            double computeSeconds;
            Generation.StopReason stopped;

            Row(int prompt, int[] ids, int start, long seed) {
                this.prompt = prompt;
                this.start = start;
                Arrays.stream(ids).forEach(seen::set);
                this.random = new SplittableRandom(Seeds.at(seed, prompt));
            }
        }

        Writing(List<int[]> prompts, List<Integer> group, GenerationConfig config, TokenListener listener) {
            this.prompts = prompts;
            this.config = config;
            this.listener = listener;
            this.width = prompts.get(group.getFirst()).length;
            for (int prompt : group) {
                int[] ids = prompts.get(prompt);
                rows.add(new Row(prompt, ids, width - ids.length, config.seed()));
            }
            this.shared = shared();
        }

        /// Counts the tokens that all prompts begin with, without the last token of any prompt. Returns 0 when the
        /// tokens are few, or when a block sees only a window, which counts columns.
        private int shared() {
            if (prompts.get(rows.getLast().prompt).length <= LEAST_SHARED
                    || lm.config().blocks().stream()
                            .anyMatch(block -> block.window().isPresent())) {
                return 0;
            }
            int shared = TokenizedRow.sharedBeginning(rows.stream()
                    .map(row -> prompts.get(row.prompt))
                    .map(TokenizedRow::unsupervised)
                    .toList());
            return shared < LEAST_SHARED ? 0 : shared;
        }

        void run(Generation[] generations) {
            long begun = System.nanoTime();
            readShared();
            int[][] next = new int[rows.size()][];
            for (int b = 0; b < next.length; b++) {
                next[b] = new int[width - shared];
                int[] prompt = prompts.get(rows.get(b).prompt);
                System.arraycopy(prompt, shared, next[b], rows.get(b).start, prompt.length - shared);
            }
            for (int at = shared; !rows.isEmpty(); at += next[0].length, next = lastTokens()) {
                int[] tokens = step(next, at);
                double each = (System.nanoTime() - begun) / 1e9 / tokens.length;
                begun = System.nanoTime();
                for (int b = 0; b < tokens.length; b++) {
                    rows.get(b).computeSeconds += each;
                    accept(rows.get(b), tokens[b]);
                }
                finish(generations);
                if (rows.isEmpty()) {
                    return;
                }
            }
        }

        /// A cache for all rows, with what all begin with: read by the first, which has no padding.
        private void readShared() {
            int columns = Math.min(width + config.maxNewTokens(), lm.config().maxPositions() + width);
            cache = program.newCache(manager, shared > 0 ? 1 : rows.size(), columns);
            int[][] first = {prompts.get(rows.getFirst().prompt)};
            for (int done = 0; done < shared; done += PROMPT_COLUMNS) {
                read(first, done, Math.min(done + PROMPT_COLUMNS, shared), done);
            }
            if (shared > 0) {
                keep(new long[rows.size()]);
            }
        }

        /// Adds new columns to the cache, in pieces for long prompts, and returns the next token of every row.
        private int[] step(int[][] next, int at) {
            int columns = next[0].length;
            int done = 0;
            for (; columns - done > PROMPT_COLUMNS; done += PROMPT_COLUMNS) {
                read(next, done, done + PROMPT_COLUMNS, at + done);
            }
            return drawn(next, done, at);
        }

        private void read(int[][] next, int begin, int end, int at) {
            try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
                program.nextTokens(scope, columns(scope, next, begin, end, at), cache, parameters);
            }
        }

        /// Makes the new columns of the first rows, as many rows as `next` has.
        ///
        /// @param next token ids, `[rows][columns]`, of which columns `begin` to `end` are taken
        /// @param at number of columns that the cache holds already
        private DecoderProgram.NewColumns columns(PtNDManager scope, int[][] next, int begin, int end, int at) {
            long[] ids = Arrays.stream(next)
                    .flatMapToInt(row -> Arrays.stream(row, begin, end))
                    .asLongStream()
                    .toArray();
            long[] start =
                    rows.stream().limit(next.length).mapToLong(row -> row.start).toArray();
            return new DecoderProgram.NewColumns(
                    Batch.longs(scope, ids, next.length, end - begin),
                    Batch.longs(scope, start, next.length),
                    at,
                    shared);
        }

        private int[] drawn(int[][] next, int begin, int at) {
            try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
                DecoderProgram.NewColumns columns = columns(scope, next, begin, next[0].length, at + begin);
                if (config.isArgmax()) {
                    NDArray tokens = program.nextTokens(scope, columns, cache, parameters);
                    return Arrays.stream(tokens.toLongArray())
                            .mapToInt(Math::toIntExact)
                            .toArray();
                }
                float[] logits =
                        program.nextLogits(scope, columns, cache, parameters).toFloatArray();
                int vocab = lm.config().vocab();
                return IntStream.range(0, rows.size())
                        .map(b -> TokenDraw.next(
                                Arrays.copyOfRange(logits, b * vocab, (b + 1) * vocab),
                                rows.get(b).seen,
                                config,
                                rows.get(b).random))
                        .toArray();
            }
        }

        private void accept(Row row, int token) {
            if (config.stopIds().contains(token)) {
                row.stopped = Generation.StopReason.STOP_TOKEN;
                return;
            }
            row.written.add(token);
            row.seen.set(token);
            listener.onToken(row.prompt, token);
            if (hasStopString(row)) {
                row.stopped = Generation.StopReason.STOP_STRING;
            } else if (row.written.size() == config.maxNewTokens()) {
                row.stopped = Generation.StopReason.MAX_NEW_TOKENS;
            } else if (prompts.get(row.prompt).length + row.written.size()
                    == lm.config().maxPositions()) {
                row.stopped = Generation.StopReason.CONTEXT_FULL;
            }
        }

        /// Whether the newest token completes a stop string: looked for in the end of the text, where
        /// every token is at least a byte.
        private boolean hasStopString(Row row) {
            if (config.stopStrings().isEmpty()) {
                return false;
            }
            int longest = config.stopStrings().stream()
                    .mapToInt(stop -> stop.getBytes(StandardCharsets.UTF_8).length)
                    .max()
                    .orElseThrow();
            int from = Math.max(0, row.written.size() - longest - STOP_STRING_MARGIN);
            int[] end = row.written.subList(from, row.written.size()).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            String text = lm.tokenizer().decode(end, true);
            return !config.untilStop(text).equals(text);
        }

        /// Stores the texts that have ended, and removes their rows from the cache.
        private void finish(Generation[] generations) {
            List<Row> going = rows.stream().filter(row -> row.stopped == null).toList();
            if (going.size() == rows.size()) {
                return;
            }
            for (Row row : rows) {
                if (row.stopped != null) {
                    int[] tokens =
                            row.written.stream().mapToInt(Integer::intValue).toArray();
                    double seconds = (System.nanoTime() - row.admitted) / 1e9;
                    generations[row.prompt] = new Generation(tokens, row.stopped, seconds, row.computeSeconds);
                }
            }
            if (!going.isEmpty()) {
                keep(going.stream().mapToLong(rows::indexOf).toArray());
            }
            rows = going;
        }

        /// Replaces the cache by one with these rows only.
        private void keep(long[] rows) {
            try (NDArray indexes = Batch.longs(manager, rows, rows.length)) {
                List<NDArray> kept = new ArrayList<>();
                for (NDArray array : cache) {
                    kept.add(array.get(indexes));
                    array.close();
                }
                cache = kept;
            }
        }

        private int[][] lastTokens() {
            return rows.stream().map(row -> new int[] {row.written.getLast()}).toArray(int[][]::new);
        }

        @Override
        public void close() {
            manager.close();
        }
    }
}
