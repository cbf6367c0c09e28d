package dev.finetide.sft.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.text.TokenizedRow;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;

/// Rows as tensors, labels shifted by one: each padded on the right, or all packed one after the other into one row.
///
/// @param ids `[B, T]`
/// @param start `[B, T]`, the column where each token's own row begins; empty where that is 0
/// @param length tokens of each one's own row, without padding: `[B, 1]`, packed `[1, T]`
/// @param picked `[N]`, index into the flattened `[B * T]` of the position before each supervised
///     token
/// @param targets `[N]`, the supervised tokens, row by row
public record Batch(NDArray ids, NDArray start, NDArray length, NDArray picked, NDArray targets) {

    /// Rows beside each other, padded on the right to the longest.
    ///
    /// @param manager owns the tensors
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows) {
        return of(
                manager,
                rows,
                rows.stream().mapToInt(TokenizedRow::length).max().orElseThrow());
    }

    /// Rows beside each other, padded on the right.
    ///
    /// @param manager owns the tensors
    /// @param width tokens of every row with its padding
    public static Batch of(PtNDManager manager, List<TokenizedRow> rows, int width) {
        int supervised = rows.stream().mapToInt(TokenizedRow::supervisedTokens).sum();
        long[] ids = new long[rows.size() * width];
        long[] length = rows.stream().mapToLong(TokenizedRow::length).toArray();
        long[] picked = new long[supervised];
        long[] targets = new long[supervised];
        int n = 0;
        for (int b = 0; b < rows.size(); b++) {
            TokenizedRow row = rows.get(b);
            for (int t = 0; t < row.length(); t++) {
                ids[b * width + t] = row.ids()[t];
                if (row.supervised()[t]) {
                    picked[n] = (long) b * width + t - 1;
                    targets[n++] = row.ids()[t];
                }
            }
        }
        return new Batch(
                longs(manager, ids, rows.size(), width),
                longs(manager, new long[0], 0, 0),
                longs(manager, length, rows.size(), 1),
                longs(manager, picked, supervised),
                longs(manager, targets, supervised));
    }

    /// Rows one after the other in one row of tensors, without padding.
    ///
    /// @param manager owns the tensors
    public static Batch packed(PtNDManager manager, List<TokenizedRow> rows) {
        return packed(
                manager, rows, rows.stream().mapToInt(TokenizedRow::length).sum());
    }

    /// Rows one after the other in one row of tensors, and padding at its end, which sees only itself.
    ///
    /// @param manager owns the tensors
    /// @param width tokens of all rows and the padding
    public static Batch packed(PtNDManager manager, List<TokenizedRow> rows, int width) {
        int supervised = rows.stream().mapToInt(TokenizedRow::supervisedTokens).sum();
        long[] ids = new long[width];
        long[] start = new long[width];
        long[] length = new long[width];
        long[] picked = new long[supervised];
        long[] targets = new long[supervised];
        int first = 0;
        int n = 0;
        for (TokenizedRow row : rows) {
            for (int t = 0; t < row.length(); t++) {
                ids[first + t] = row.ids()[t];
                start[first + t] = first;
                length[first + t] = row.length();
                if (row.supervised()[t]) {
                    picked[n] = (long) first + t - 1;
                    targets[n++] = row.ids()[t];
                }
            }
            first += row.length();
        }
        Arrays.fill(start, first, width, first);
        Arrays.fill(length, first, width, width - first);
        return new Batch(
                longs(manager, ids, 1, width),
                longs(manager, start, 1, width),
                longs(manager, length, 1, width),
                longs(manager, picked, supervised),
                longs(manager, targets, supervised));
    }

    /// A tensor of 64-bit integers.
    public static NDArray longs(PtNDManager manager, long[] values, long... shape) {
        return manager.create(LongBuffer.wrap(values), new Shape(shape), DataType.INT64);
    }
}
