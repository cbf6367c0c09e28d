package dev.finetide.sft.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.text.TokenizedRow;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;

/// Rows as tensors, labels shifted by one: the tokens of all rows one after the other, `[N]`.
///
/// Rows of similar length are a group, and are padded on the right to its longest. Or rows are
/// packed, without padding between them. At the end is padding to a multiple of [#TILE] tokens.
///
/// @param ids `[N]`
/// @param positions `[N]`, of each token in its own row
/// @param groups rows and tokens a row of each group; packed, it is one group of one row
/// @param packed whether a row of the group is several rows, told apart by their positions
/// @param picked `[L]`, index of the token before each supervised one; then padding to a multiple of [#TILE]
/// @param targets `[M]`, the supervised tokens, row by row
/// @param length `[N]`, tokens of each one's own row
@SuppressWarnings("ArrayRecordComponent") // as TorchScript takes them
public record Batch(
        NDArray ids,
        NDArray positions,
        long[] groups,
        boolean packed,
        NDArray picked,
        NDArray targets,
        NDArray length) {
    /// The matrix libraries make a kernel for each number of tokens they meet. With multiples of this
    /// there are few, which are made once and kept.
    static final int TILE = 32;

    /// Rows of one group.
    ///
    /// @param manager owns the tensors
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows) {
        return grouped(manager, List.of(rows), 1);
    }

    /// Rows of several groups.
    ///
    /// @param manager owns the tensors
    /// @param tile rows are padded to a multiple of it ([DecoderProgram#tile])
    public static Batch grouped(PtNDManager manager, List<List<TokenizedRow>> groups, int tile) {
        List<TokenizedRow> rows = groups.stream().flatMap(List::stream).toList();
        int[] begin = new int[rows.size()];
        long[] shapes = new long[2 * groups.size()];
        int tokens = 0;
        int row = 0;
        for (int g = 0; g < groups.size(); g++) {
            List<TokenizedRow> group = groups.get(g);
            int longest = group.stream().mapToInt(TokenizedRow::length).max().orElseThrow();
            int width = rounded(longest, tile);
            shapes[2 * g] = group.size();
            shapes[2 * g + 1] = width;
            for (int b = 0; b < group.size(); b++) {
                begin[row++] = tokens;
                tokens += width;
            }
        }
        return of(manager, rows, begin, tokens, shapes, false);
    }

    /// Rows one after the other, as one row of one group.
    ///
    /// @param manager owns the tensors
    /// @param tile the row is padded to a multiple of it, with tokens that see only themselves
    public static Batch packed(PtNDManager manager, List<TokenizedRow> rows, int tile) {
        int[] begin = new int[rows.size()];
        int tokens = 0;
        for (int row = 0; row < begin.length; row++) {
            begin[row] = tokens;
            tokens += rows.get(row).length();
        }
        int width = rounded(tokens, tile);
        return of(manager, rows, begin, width, new long[] {1, width}, true);
    }

    private static int rounded(int tokens, int tile) {
        return Math.ceilDiv(tokens, tile) * tile;
    }

    /// @param begin index of each row's first token
    /// @param tokens of all groups
    private static Batch of(
            PtNDManager manager, List<TokenizedRow> rows, int[] begin, int tokens, long[] groups, boolean packed) {
        int supervised = rows.stream().mapToInt(TokenizedRow::supervisedTokens).sum();
        int tiled = rounded(tokens, TILE);
        long[] ids = new long[tiled];
        long[] positions = new long[tiled];
        long[] length = new long[tiled];
        Arrays.fill(length, 1); // of padding, too: noise divides by it
        long[] picked = new long[rounded(supervised, TILE)];
        // A row's last token predicts nothing, so its gradient is zero whoever writes it.
        Arrays.fill(picked, begin[0] + rows.getFirst().length() - 1L);
        long[] targets = new long[supervised];
        int n = 0;
        for (int r = 0; r < begin.length; r++) {
            TokenizedRow row = rows.get(r);
            for (int t = 0; t < row.length(); t++) {
                int i = begin[r] + t;
                ids[i] = row.ids()[t];
                positions[i] = t;
                length[i] = row.length();
                if (row.supervised()[t]) {
                    picked[n] = i - 1L;
                    targets[n++] = row.ids()[t];
                }
            }
        }
        return new Batch(
                longs(manager, ids, tiled),
                longs(manager, positions, tiled),
                groups,
                packed,
                longs(manager, picked, picked.length),
                longs(manager, targets, supervised),
                longs(manager, length, tiled));
    }

    /// A tensor of 64-bit integers.
    public static NDArray longs(PtNDManager manager, long[] values, long... shape) {
        return manager.create(LongBuffer.wrap(values), new Shape(shape), DataType.INT64);
    }
}
