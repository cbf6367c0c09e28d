package dev.finetide.sft.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.torch.MatrixProducts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The tokens that a step of generation computes together: first the newest token of each row that goes on, then all
/// own tokens of rows that are read, one row after the other, then padding. Own tokens are those after what all rows
/// begin with. Rows that go on and rows that are read differ only in attention.
///
/// @param ids `[N]`
/// @param positions `[N]`, position of each token in its row
/// @param cells `[N]`, place that keeps the token: slot times G times columns, plus column; -1 for none
/// @param lengths `[U]`, own tokens of each row that goes on, with the newest
/// @param rows rows that are read, as attention takes them
/// @param picked `[L]`, tokens that are read after the last block: first those that another token is to follow, then
///     those before targets, each with padding behind
/// @param targets `[M]`, supervised tokens of the rows that are read
/// @param next number of picked tokens before those of the targets
/// @param seen number of columns of the cache that the rows that go on have
public record GenerationStep(
        NDArray ids,
        NDArray positions,
        NDArray cells,
        NDArray lengths,
        Batch.Rows rows,
        NDArray picked,
        NDArray targets,
        int next,
        int seen) {
    /// Few tokens are padded to a multiple of this number.
    private static final int SMALL_TILE = 8;

    /// The newest token of a row that goes on.
    ///
    /// @param own own tokens of the row, with the newest
    public record Newest(int token, int own) {
        /// A slot whose row does not go on. Nothing of it is kept, and what comes out for it means nothing.
        public static final Newest NONE = new Newest(0, 0);
    }

    /// A row that is read.
    ///
    /// @param ids token ids of the whole row
    /// @param supervised whether the log-probability of each token is wanted
    /// @param kept number of tokens, from the first, that the row goes on from
    /// @param slot slot that keeps them; -1 for none
    @SuppressWarnings("ArrayRecordComponent") // read only here, and never compared
    public record Reading(int[] ids, boolean[] supervised, int kept, int slot) {
        /// Makes a row of which nothing is scored.
        ///
        /// @param slot slot that keeps the row; -1 for none
        public static Reading prompt(int[] ids, int slot) {
            return new Reading(ids, new boolean[ids.length], ids.length, slot);
        }

        /// Counts the tokens that are read: the kept ones, and those before the last supervised token.
        public int tokens() {
            int t = ids.length - 1;
            while (t >= kept && !supervised[t]) {
                t--;
            }
            return Math.max(kept, t);
        }

        /// Counts the tokens before the first one from which another token is predicted.
        public int firstPicked() {
            int t = 1;
            while (t < kept && !supervised[t]) {
                t++;
            }
            return t - 1;
        }

        private boolean predicts(int t) {
            return t + 1 < ids.length && supervised[t + 1];
        }
    }

    /// Makes a step.
    ///
    /// @param newest newest token of the row in each of the first slots
    /// @param readings rows that are read, in descending order of their tokens
    public static GenerationStep of(
            PtNDManager manager, List<Newest> newest, List<Reading> readings, KeyValueCache cache) {
        return new Builder(newest, readings, cache).build(manager);
    }

    /// Fills in a step's numbers.
    private static final class Builder {
        private final List<Newest> newest;
        private final List<Reading> readings;
        private final KeyValueCache cache;
        private final int tokens;
        private final int columns;
        private final int padded;
        private final List<Long> next = new ArrayList<>();
        private final List<Long> predicting = new ArrayList<>();
        private final List<Long> targets = new ArrayList<>();
        private final long[] ids;
        private final long[] positions;
        private final long[] cells;
        private final long[] columnTokens;

        Builder(List<Newest> newest, List<Reading> readings, KeyValueCache cache) {
            this.newest = newest;
            this.readings = readings;
            this.cache = cache;
            int own = readings.stream().mapToInt(this::own).sum();
            int longest = readings.isEmpty() ? 0 : own(readings.getFirst());
            this.tokens = newest.size() + own;
            this.columns = rounded(longest, AttentionLayout.columnTile(cache.precision()));
            boolean gaps = readings.size() * columns > own;
            this.padded = padded(gaps ? tokens + 1 : tokens);
            this.ids = new long[padded];
            this.positions = new long[padded];
            this.cells = new long[padded];
            this.columnTokens = new long[Math.max(1, readings.size() * columns)];
        }

        private int own(Reading reading) {
            return reading.tokens() - cache.shared();
        }

        GenerationStep build(PtNDManager manager) {
            Arrays.fill(cells, -1);
            Arrays.fill(columnTokens, padded - 1);
            for (int slot = 0; slot < newest.size(); slot++) {
                goOn(slot, newest.get(slot));
            }
            int at = newest.size();
            for (int row = 0; row < readings.size(); row++) {
                read(row, readings.get(row), at);
                at += own(readings.get(row));
            }
            int follow = padded(next.size());
            long[] picked = Arrays.copyOf(values(next), follow + padded(predicting.size()));
            System.arraycopy(values(predicting), 0, picked, follow, predicting.size());
            int seen = newest.stream().mapToInt(Newest::own).max().orElse(0);
            return new GenerationStep(
                    Batch.longs(manager, ids, padded),
                    Batch.longs(manager, positions, padded),
                    Batch.longs(manager, cells, padded),
                    Batch.longs(
                            manager,
                            newest.stream()
                                    .mapToLong(one -> Math.max(1, one.own()))
                                    .toArray(),
                            newest.size()),
                    rows(manager),
                    Batch.longs(manager, picked, picked.length),
                    Batch.longs(manager, values(targets), targets.size()),
                    follow,
                    Math.min(cache.columns(), rounded(Math.max(1, seen), MatrixProducts.TILE)));
        }

        private void goOn(int slot, Newest one) {
            next.add((long) slot);
            if (one.own() > 0) {
                ids[slot] = one.token();
                positions[slot] = (long) cache.shared() + one.own() - 1;
                cells[slot] = cellOf(slot, one.own() - 1);
            }
        }

        private long cellOf(int slot, int column) {
            return (long) slot * cache.slotCells() + column;
        }

        private void read(int row, Reading reading, int at) {
            int shared = cache.shared();
            for (int column = 0; column < own(reading); column++) {
                int t = shared + column;
                int token = at + column;
                ids[token] = reading.ids()[t];
                positions[token] = t;
                cells[token] = reading.slot() >= 0 && t < reading.kept() ? cellOf(reading.slot(), column) : -1;
                columnTokens[row * columns + column] = token;
                if (reading.predicts(t)) {
                    predicting.add((long) token);
                    targets.add((long) reading.ids()[t + 1]);
                }
            }
            next.add((long) at + reading.kept() - shared - 1);
        }

        private Batch.Rows rows(PtNDManager manager) {
            return new Batch.Rows(
                    readings.stream().mapToLong(this::own).toArray(),
                    Batch.longs(manager, columnTokens, Math.max(1, readings.size()), Math.max(1, columns)),
                    false,
                    0,
                    readings.stream()
                            .mapToLong(reading -> reading.firstPicked() - cache.shared())
                            .toArray());
        }
    }

    /// Returns the number of tokens with padding. oneDNN makes a kernel for each number that it meets.
    private static int padded(int tokens) {
        return tokens <= SMALL_TILE
                ? tokens
                : rounded(tokens, tokens <= MatrixProducts.TILE ? SMALL_TILE : MatrixProducts.TILE);
    }

    private static long[] values(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private static int rounded(int tokens, int tile) {
        return Math.ceilDiv(tokens, tile) * tile;
    }
}
