package dev.finetide.sft.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Rows as tensors, labels shifted by one: the tokens of all rows one after the other, `[N]`, then
/// padding.
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
/// @param picked `[L]`, index of the token before each supervised one; then padding
/// @param targets `[M]`, the supervised tokens, row by row
/// @param length `[N]`, tokens of each one's own row
@SuppressWarnings("ArrayRecordComponent") // as TorchScript takes them
public record Batch(
        NDArray ids,
        NDArray positions,
        long[] rows,
        NDArray tokens,
        boolean packed,
        NDArray picked,
        NDArray targets,
        NDArray length) {
    /// Tokens of which N and L are multiples. oneDNN makes a kernel for each number it meets: with multiples there
    /// are few, which are made once and kept.
    static final int TILE = 32;

    /// Rows of their own lengths.
    ///
    /// @param manager owns the tensors
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows) {
        return of(manager, rows, false, Precision.FP32);
    }

    /// @param manager owns the tensors
    /// @param packed rows one after the other as one row, which learns the same
    /// @param precision computed in, which only padding depends on
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows, boolean packed, Precision precision) {
        int supervised = rows.stream().mapToInt(TokenizedRow::supervisedTokens).sum();
        int tokens = rows.stream().mapToInt(TokenizedRow::length).sum();
        List<Span> spans = packed ? List.of(new Span(0, tokens)) : longestFirst(rows);
        int tile = tile(precision);
        int columnTile = Attention.columnTile(precision);
        int columns = rounded(spans.getFirst().length(), columnTile);
        int padded = rounded(tokens, tile);
        if (padded > tokens && spans.size() * columns == tokens) {
            columns += columnTile;
        } else if (padded == tokens && spans.size() * columns > tokens) {
            padded += tile;
        }
        long[] ids = new long[padded];
        long[] positions = new long[padded];
        long[] length = new long[padded];
        Arrays.fill(length, 1); // of padding, too: noise divides by it
        long[] picked = new long[rounded(supervised, tile)];
        // A row's last token predicts nothing, so its gradient is zero whoever writes it.
        Arrays.fill(picked, rows.getFirst().length() - 1L);
        long[] targets = new long[supervised];
        int i = 0;
        int n = 0;
        for (TokenizedRow row : rows) {
            for (int t = 0; t < row.length(); t++, i++) {
                ids[i] = row.ids()[t];
                positions[i] = t;
                length[i] = row.length();
                if (row.supervised()[t]) {
                    picked[n] = i - 1L;
                    targets[n++] = row.ids()[t];
                }
            }
        }
        long[] slots = new long[spans.size() * columns];
        Arrays.fill(slots, padded - 1L);
        for (int b = 0; b < spans.size(); b++) {
            for (int t = 0; t < spans.get(b).length(); t++) {
                slots[b * columns + t] = (long) spans.get(b).begin() + t;
            }
        }
        return new Batch(
                longs(manager, ids, padded),
                longs(manager, positions, padded),
                spans.stream().mapToLong(Span::length).toArray(),
                longs(manager, slots, spans.size(), columns),
                packed,
                longs(manager, picked, picked.length),
                longs(manager, targets, supervised),
                longs(manager, length, padded));
    }

    /// In bf16 oneDNN makes attention's kernels, too, so there is less room for others.
    private static int tile(Precision precision) {
        return precision == Precision.BF16 ? 2 * TILE : TILE;
    }

    /// A row's tokens.
    private record Span(int begin, int length) {}

    private static List<Span> longestFirst(List<TokenizedRow> rows) {
        List<Span> spans = new ArrayList<>();
        int begin = 0;
        for (TokenizedRow row : rows) {
            spans.add(new Span(begin, row.length()));
            begin += row.length();
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
