package dev.finetide.sft.decoder;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.torch.MatrixProducts;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The places of a batch's tokens in attention's rows and columns: `attention_layout.py`.
///
/// Only attention needs to know which row a token belongs to; everything else computes the N tokens at once.
/// Attention gathers them into B rows of T columns, longest row first. The columns are cut into spans of
/// queries. A span meets only the keys from the first that one of its queries sees to the span's own end, so
/// that a triangle costs half a square and a window a band. It has only the rows that are long enough, so that
/// rows of different lengths cost next to nothing.
///
/// Tokens that all rows begin with are among the N tokens once and stand in all rows. Their queries are
/// computed in the first row alone, and the gradients of their keys and values are summed over the rows.
final class AttentionLayout {
    private AttentionLayout() {}

    /// The number of tokens of which the columns T and the first key of a span are multiples. In bf16 oneDNN
    /// multiplies attention's matrices and makes a kernel for every shape; in fp32 MKL has one kernel for all
    /// shapes.
    static int columnTile(Precision precision) {
        return precision == Precision.BF16 ? MatrixProducts.TILE : 1;
    }

    /// Most columns of a span. Smaller spans save more of the square, larger ones keep the matrix products
    /// efficient.
    private static int queryBlock(ModelConfig config) {
        return Math.clamp(2L * config.headSize(), 16, 128);
    }

    /// The shapes of attention's matrix products for a batch: the columns, and for each span its rows (in all
    /// blocks, and in the last), its queries and its keys. The spans are those of `query_spans` for blocks
    /// without a window.
    static Set<List<Long>> shapes(ModelConfig config, Batch batch) {
        Set<List<Long>> shapes = new HashSet<>();
        long columns = batch.rows().tokens().getShape().get(1);
        int shared = batch.rows().shared() / MatrixProducts.TILE * MatrixProducts.TILE;
        long end;
        for (long begin = 0; begin < columns; begin = end) {
            end = Math.min(begin + queryBlock(config), begin < shared ? shared : columns);
            long from = begin;
            long to = end;
            long rows = end <= shared
                    ? 1
                    : Arrays.stream(batch.rows().lengths())
                            .filter(length -> length > from)
                            .count();
            long unread = Arrays.stream(batch.rows().firstRead())
                    .limit(rows)
                    .takeWhile(firstRead -> firstRead >= to)
                    .count();
            shapes.add(List.of(columns, rows, to - from, to));
            shapes.add(List.of(columns, rows - unread, to - from, to));
        }
        return shapes;
    }

    /// Returns the methods for one model.
    static TorchSource source(ModelConfig config, Precision precision) {
        List<ModelConfig.Block> kinds = config.blockKinds();
        return TorchSource.read(
                AttentionLayout.class,
                "attention_layout.py",
                Map.of(
                        "DTYPE", precision.scalarType(),
                        "KV_HEADS", config.kvHeads(),
                        "GROUP", config.heads() / config.kvHeads(),
                        "LAYERS", config.layers(),
                        "KIND_OF_BLOCK",
                                config.blocks().stream().map(kinds::indexOf).toList(),
                        "WINDOWS",
                                kinds.stream()
                                        .map(kind -> kind.window().orElse(0))
                                        .toList(),
                        "QUERY_BLOCK", queryBlock(config),
                        "SHARED_TILE", MatrixProducts.TILE,
                        "COLUMN_TILE", columnTile(precision)));
    }
}
