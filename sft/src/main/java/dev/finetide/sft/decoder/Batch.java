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

/// Rows as tensors, with labels shifted by one: the tokens of all rows one after the other, `[N]`, then
/// padding. What several rows begin with may stand there once, before all others: a causal model computes the
/// same for it in every row. The last tokens of a row, from which nothing supervised is predicted, are left
/// out.
///
/// Attention has rows of its own, B of them in T columns: the same rows, longest first, or all packed into
/// one. A column without a token refers to a padding token, and what comes out there goes to the padding. So
/// there is padding in `[B, T]` exactly where there is some in `[N]`.
///
/// @param ids `[N]`
/// @param positions `[N]`, the position of each token in its own row
/// @param rowLengths `[N]`, tokens of each token's own row; 1 for padding
/// @param rows the rows of attention
/// @param picked `[L]`, index of the token before each supervised one; then padding, a token that is not
///     picked
/// @param targets `[M]`, the supervised tokens, row by row
public record Batch(NDArray ids, NDArray positions, NDArray rowLengths, Rows rows, NDArray picked, NDArray targets) {
    /// The rows of attention.
    ///
    /// @param lengths tokens of each of the B rows, longest first
    /// @param tokens `[B, T]`, index in `[N]` of the token that stands in each column
    /// @param packed whether the only row is several sequences, told apart by their positions
    /// @param shared tokens that all rows begin with and that stand in `[N]` once
    /// @param firstRead for each row the number of tokens before the first picked one
    @SuppressWarnings("ArrayRecordComponent") // as TorchScript takes them
    public record Rows(long[] lengths, NDArray tokens, boolean packed, int shared, long[] firstRead) {}

    /// Rows in the layout APART, for fp32.
    ///
    /// @param manager owns the tensors
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows) {
        return of(manager, rows, Layout.APART, Precision.FP32);
    }

    /// The way in which rows lie in attention's rows. It changes neither loss nor gradients, except by rounding.
    public enum Layout {
        /// Each row is a row of attention.
        APART,
        /// Each row is a row of attention, and what all of them begin with is computed once. This does not suit
        /// noise and dropout, which each row draws for itself.
        SHARED,
        /// All rows, one after the other, are one row of attention.
        PACKED
    }

    /// Rows in a given layout.
    ///
    /// @param manager owns the tensors
    /// @param precision precision of the computation, on which only padding depends
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows, Layout layout, Precision precision) {
        int shared = layout == Layout.SHARED ? TokenizedRow.sharedBeginning(rows) : 0;
        int tokens = shared
                + rows.stream().mapToInt(row -> row.readTokens() - shared).sum();
        boolean packed = layout == Layout.PACKED;
        List<Span> spans = packed ? List.of(new Span(0, tokens, 0)) : longestFirst(rows, shared);
        int tile = tile(precision);
        int columnTile = AttentionLayout.columnTile(precision);
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
                // Noise divides by the length, also that of padding.
                longs(manager, eachToken(rows, shared, filled(padded, 1), (row, t) -> row.length()), padded),
                new Rows(
                        spans.stream().mapToLong(Span::length).toArray(),
                        longs(manager, columns(spans, shared, columns, padded - 1), spans.size(), columns),
                        packed,
                        shared,
                        spans.stream().mapToLong(Span::firstRead).toArray()),
                longs(manager, picked(predicts, tokens, targets.length, tile), rounded(targets.length, tile)),
                longs(manager, targets, targets.length));
    }

    private interface TokenValue {
        long of(TokenizedRow row, int t);
    }

    /// Sets a value for each token, in the order of `[N]`.
    ///
    /// @param values those of padding; overwritten where there is a token
    private static long[] eachToken(List<TokenizedRow> rows, int shared, long[] values, TokenValue value) {
        int i = 0;
        for (TokenizedRow row : rows) {
            int tokens = row.readTokens();
            for (int t = i == 0 ? 0 : shared; t < tokens; t++) {
                values[i++] = value.of(row, t);
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

    /// The indexes of the picked tokens, then padding up to a multiple of the tile.
    ///
    /// @param predicts `[N]`, 1 for each token from which a supervised one is predicted, else 0
    /// @param tokens how many of the N are not padding
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
        // The gradient of padding is zero, so it does not matter which entry is written last.
        Arrays.fill(picked, n, picked.length, unpicked);
        return picked;
    }

    /// The index of the token in each column of attention's rows, of padding where there is none.
    private static long[] columns(List<Span> spans, int shared, int columns, int padding) {
        long[] indexes = filled(spans.size() * columns, padding);
        for (int b = 0; b < spans.size(); b++) {
            Span span = spans.get(b);
            for (int t = 0; t < span.length(); t++) {
                indexes[b * columns + t] = t < shared ? t : span.begin() + t;
            }
        }
        return indexes;
    }

    private static long[] filled(int length, long value) {
        long[] values = new long[length];
        Arrays.fill(values, value);
        return values;
    }

    /// The number of tokens of which N and L are multiples. In bf16 oneDNN makes kernels for attention, too, so there
    /// is less room for others.
    private static int tile(Precision precision) {
        return precision == Precision.BF16 ? 2 * MatrixProducts.TILE : MatrixProducts.TILE;
    }

    /// A row's tokens: the shared ones, then its own from index `begin` + `shared` in `[N]` on.
    private record Span(int begin, int length, int firstRead) {}

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
