package dev.finetide.sft.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.MatrixProducts;
import dev.finetide.sft.torch.Precision;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Rows as tensors, labels shifted by one: the tokens of all rows one after the other, `[N]`, then
/// padding. What several rows begin with may stand there once, before all others: a causal model computes the
/// same for it in every row. A row's last tokens, from which nothing supervised is predicted, are not there.
///
/// Attention has its own rows, B of them in T columns: the same, longest first, or all packed into one. Where
/// one has no token it takes that of the padding, and what comes out there goes to the padding: where there is some
/// in `[B, T]`, there is some in `[N]`, and the other way round.
///
/// @param ids `[N]`
/// @param positions `[N]`, of each token in its own row
/// @param rows tokens of each row of attention, longest first
/// @param tokens `[B, T]`, which token stands there
/// @param packed whether attention's row is several rows, told apart by their positions
/// @param shared tokens that all rows begin with and that stand in `[N]` once
/// @param read for each row of attention how many tokens there are before the first picked one
/// @param picked `[L]`, index of the token before each supervised one; then padding, a token that is not picked
/// @param targets `[M]`, the supervised tokens, row by row
/// @param length `[N]`, tokens of each one's own row
@SuppressWarnings("ArrayRecordComponent") // as TorchScript takes them
public record Batch(
        NDArray ids,
        NDArray positions,
        long[] rows,
        NDArray tokens,
        boolean packed,
        int shared,
        long[] read,
        NDArray picked,
        NDArray targets,
        NDArray length) {
    /// Rows of their own lengths.
    ///
    /// @param manager owns the tensors
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows) {
        return of(manager, rows, Layout.APART, Precision.FP32);
    }

    /// How rows stand beside each other, which changes neither loss nor gradients.
    public enum Layout {
        /// Each a row of attention.
        APART,
        /// So, and what all of them begin with is computed once. Not with noise or dropout, which each row draws for
        /// itself.
        SHARED,
        /// One after the other as one row of attention.
        PACKED
    }

    /// @param manager owns the tensors
    /// @param precision computed in, which only padding depends on
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows, Layout layout, Precision precision) {
        int shared = layout == Layout.SHARED ? TokenizedRow.sharedBeginning(rows) : 0;
        int tokens = shared
                + rows.stream().mapToInt(row -> row.readTokens() - shared).sum();
        boolean packed = layout == Layout.PACKED;
        List<Span> spans = packed ? List.of(new Span(0, tokens, 0)) : longestFirst(rows, shared);
        int tile = tile(precision);
        int columnTile = Attention.columnTile(precision);
        int columns = rounded(spans.getFirst().length(), columnTile);
        int padded = rounded(tokens, tile);
        int occupied = spans.stream().mapToInt(Span::length).sum();
        if (padded > tokens && spans.size() * columns == occupied) {
            columns += columnTile;
        } else if (padded == tokens && spans.size() * columns > occupied) {
            padded += tile;
        }
        long[] predicts = eachToken(rows, shared, new long[padded], (row, t) -> predicts(row, t) ? 1 : 0);
        long[] targets = supervised(rows);
        return new Batch(
                longs(manager, eachToken(rows, shared, new long[padded], (row, t) -> row.ids()[t]), padded),
                longs(manager, eachToken(rows, shared, new long[padded], (row, t) -> t), padded),
                spans.stream().mapToLong(Span::length).toArray(),
                longs(manager, slots(spans, shared, columns, padded - 1), spans.size(), columns),
                packed,
                shared,
                spans.stream().mapToLong(Span::read).toArray(),
                longs(manager, picked(predicts, tokens, targets.length, tile), rounded(targets.length, tile)),
                longs(manager, targets, targets.length),
                // 1 of padding, too: noise divides by it.
                longs(manager, eachToken(rows, shared, filled(padded, 1), (row, t) -> row.length()), padded));
    }

    private interface OfToken {
        long value(TokenizedRow row, int t);
    }

    /// What each token has, in the order of `[N]`.
    ///
    /// @param values with what padding has; filled
    private static long[] eachToken(List<TokenizedRow> rows, int shared, long[] values, OfToken of) {
        int i = 0;
        for (TokenizedRow row : rows) {
            int tokens = row.readTokens();
            for (int t = i == 0 ? 0 : shared; t < tokens; t++) {
                values[i++] = of.value(row, t);
            }
        }
        return values;
    }

    private static boolean predicts(TokenizedRow row, int t) {
        return t + 1 < row.length() && row.supervised()[t + 1];
    }

    private static long[] supervised(List<TokenizedRow> rows) {
        long[] targets =
                new long[rows.stream().mapToInt(TokenizedRow::supervisedTokens).sum()];
        int n = 0;
        for (TokenizedRow row : rows) {
            for (int t = 1; t < row.length(); t++) {
                if (row.supervised()[t]) {
                    targets[n++] = row.ids()[t];
                }
            }
        }
        return targets;
    }

    /// @param predicts 1 for each of `[N]` that a supervised token is predicted from, else 0
    /// @param tokens how many of them are no padding
    private static long[] picked(long[] predicts, int tokens, int supervised, int tile) {
        long[] picked = new long[rounded(supervised, tile)];
        int unpicked = predicts.length - 1;
        int n = 0;
        for (int i = 0; i < tokens; i++) {
            if (predicts[i] == 0) {
                unpicked = i;
            } else {
                picked[n++] = i;
            }
        }
        // Its gradient here is zero, whoever writes it.
        Arrays.fill(picked, n, picked.length, unpicked);
        return picked;
    }

    /// Which token stands in each place of attention's rows, padding where there is none.
    private static long[] slots(List<Span> spans, int shared, int columns, int padding) {
        long[] slots = filled(spans.size() * columns, padding);
        for (int b = 0; b < spans.size(); b++) {
            Span span = spans.get(b);
            for (int t = 0; t < span.length(); t++) {
                slots[b * columns + t] = t < shared ? t : span.begin() + t;
            }
        }
        return slots;
    }

    private static long[] filled(int length, long value) {
        long[] values = new long[length];
        Arrays.fill(values, value);
        return values;
    }

    /// In bf16 oneDNN makes attention's kernels, too, so there is less room for others.
    private static int tile(Precision precision) {
        return precision == Precision.BF16 ? 2 * MatrixProducts.TILE : MatrixProducts.TILE;
    }

    /// A row's tokens: the shared ones, then from `begin` + `shared` on its own.
    private record Span(int begin, int length, int read) {}

    private static List<Span> longestFirst(List<TokenizedRow> rows, int shared) {
        List<Span> spans = new ArrayList<>();
        int begin = 0;
        for (TokenizedRow row : rows) {
            spans.add(new Span(begin, row.readTokens(), row.readBeforeSupervised()));
            begin += row.readTokens() - shared;
        }
        spans.sort(Comparator.comparingInt(Span::length).reversed());
        return spans;
    }

    private static int rounded(int tokens, int tile) {
        return Math.ceilDiv(tokens, tile) * tile;
    }

    /// A tensor of 64-bit integers.
    public static NDArray longs(PtNDManager manager, long[] values, long... shape) {
        return manager.create(LongBuffer.wrap(values), new Shape(shape), DataType.INT64);
    }
}
