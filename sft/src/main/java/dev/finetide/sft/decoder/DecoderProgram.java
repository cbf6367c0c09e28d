package dev.finetide.sft.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.lora.AdapterSlots;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.LoraWeights;
import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.model.WeightLayout;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchProgram;
import dev.finetide.sft.torch.TorchText;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The compiled program of one model, with or without an adapter, and the calls that training,
/// scoring and generation make. Axes are named as in [Decoder]. Safe for use by several threads;
/// results belong to the caller's manager.
public final class DecoderProgram implements AutoCloseable {
    private static final String ENTRY_POINTS = """
              # p holds the frequencies of each kind of block, then the base weights, then the adapter.
              # The adapter learns in fp32 and computes like everything else. Where modules differ in their factor, each B is
              # scaled by what its own is of the program's, and so is its gradient.
              def adapter(self, p: List[Tensor]) -> List[Tensor]:
                weights = p[$END:]
                if $SCALED_BY_MODULE:
                  ratios = $SLOT_RATIOS
                  weights = [weights[i] * ratios[i] for i in range(len(weights))]
                return [torch.to(weight, $TYPE, False, False, None) for weight in weights]

              # A token sees those of its own sequence up to itself, so padding on the right is never seen; for some kinds of
              # block the last of them only. Packed, the one row of attention is several sequences.
              def row_masks(self, positions_N: Tensor, token_BT: Tensor, packed: bool,
                  spans: List[Tuple[int, int, int, int]]) -> List[List[Tensor]]:
                t = token_BT.size(1)
                column_T = torch.arange(t, device=positions_N.device)
                masks = annotate(List[List[Tensor]], [])
                for window in $WINDOWS:
                  first_T = column_T[:0]
                  if packed:
                    first_T = column_T - torch.index_select(positions_N, 0, token_BT[0])
                  if window > 0 and window < t:
                    before_T = torch.clamp(column_T - (window - 1), min=0)
                    first_T = torch.maximum(first_T, before_T) if packed else before_T
                  masks.append(self.query_masks(spans, first_T))
                return masks

              # What attention needs to know of its rows: their places, the spans of queries (of all blocks, and of the last), and
              # the masks. read: which position of each row is the first that is read after the last block.
              def layout(self, positions_N: Tensor, rows: List[int], token_BT: Tensor, packed: bool, shared: int,
                  read: List[int]
                  ) -> Tuple[List[Tensor], List[List[Tuple[int, int, int, int]]], List[List[Tensor]]]:
                t = token_BT.size(1)
                spans = [self.query_spans(t, rows, shared, [0] * len(rows)), self.query_spans(t, rows, shared, read)]
                return (self.places(token_BT, positions_N.size(0), shared), spans,
                    self.row_masks(positions_N, token_BT, packed, spans[0]))

              def hidden(self, ids_N: Tensor, positions_N: Tensor, rows: List[int], token_BT: Tensor, packed: bool,
                  shared: int, read: List[int], picked_L: Optional[Tensor], p: List[Tensor]) -> Tensor:
                if picked_L is None:
                  read = [0] * len(rows)
                cos, sin = self.cos_sin(positions_N, p[:$KINDS])
                places, spans, masks = self.layout(positions_N, rows, token_BT, packed, shared, read)
                return self.decode(ids_N, places, spans, cos, sin, masks, annotate(List[Tensor], []), 0, picked_L,
                    p[$KINDS:$END], self.adapter(p), annotate(List[Tensor], []), None, 0)

              def logits(self, ids_N: Tensor, positions_N: Tensor, rows: List[int], token_BT: Tensor, packed: bool,
                  shared: int, read: List[int], p: List[Tensor]) -> Tensor:
                h_ND = self.hidden(ids_N, positions_N, rows, token_BT, packed, shared, read, None, p)[:sum(rows)]
                return torch.to(self.matmul_nt(h_ND, p[$HEAD], None), 6, False, False, None)

              # The sum of the picked tokens' losses and its gradient in every trainable tensor, in the order of p.
              def gradients(self, ids_N: Tensor, positions_N: Tensor, rows: List[int], token_BT: Tensor, packed: bool,
                  shared: int, read: List[int], picked_L: Tensor, targets_M: Tensor, length_N: Tensor,
                  first: int, p: List[Tensor]) -> List[Tensor]:
                tape = annotate(List[Tensor], [])
                grads = annotate(List[Tensor], [])
                cos, sin = self.cos_sin(positions_N, p[:$KINDS])
                places, spans, masks = self.layout(positions_N, rows, token_BT, packed, shared, read)
                adapter = self.adapter(p)
                cache = annotate(List[Tensor], [])
                h_LD = self.decode(ids_N, places, spans, cos, sin, masks, cache, 0, picked_L, p[$KINDS:$END], adapter,
                    tape, length_N, first)
                nll, dh_LD, dhead_VD = self.token_loss(h_LD, p[$HEAD], targets_M, $FULL)
                if $FULL and not $TIED:
                  grads.append(dhead_VD)
                self.decode_backward(dh_LD, ids_N, places, spans, shared, cos, sin, masks, picked_L, p[$KINDS:$END],
                    adapter, tape, grads, first)
                if $FULL and $TIED:
                  grads[-1].add_(dhead_VD)
                grads.append(nll)
                results = annotate(List[Tensor], [])  # one by one, or all would be there in both types
                while len(grads) > 0:
                  results.append(torch.to(grads.pop(), 6, False, False, None))
                if $SCALED_BY_MODULE:
                  ratios = $GRADIENT_RATIOS
                  for i in range(len(results) - 1):
                    results[i + 1].mul_(ratios[i])
                return results

              def score(self, ids_N: Tensor, positions_N: Tensor, rows: List[int], token_BT: Tensor, packed: bool,
                  shared: int, read: List[int], picked_L: Tensor, targets_M: Tensor, p: List[Tensor]
                  ) -> Tuple[Tensor, Tensor]:
                h_LD = self.hidden(ids_N, positions_N, rows, token_BT, packed, shared, read, picked_L, p)
                return self.token_scores(h_LD, p[$HEAD], targets_M)

              # What the T new columns see of the cache, for each kind of block: of its last columns, those that one of them
              # sees. After what all rows begin with, row b goes on start_B[b] columns further: what lies between is padding.
              def cache_masks(self, start_B: Tensor, at: int, t: int, shared: int) -> List[List[Tensor]]:
                column_T1 = torch.arange(at, at + t, device=start_B.device).unsqueeze(1)
                masks = annotate(List[List[Tensor]], [])
                for window in $WINDOWS:
                  begin = max(0, at - window + 1) if window > 0 else 0
                  column_S = torch.arange(begin, at + t, device=start_B.device)
                  # Padding sees itself, else its softmax would be over nothing.
                  itself_TS = torch.eq(column_S, column_T1)
                  before_TS = torch.lt(column_S, column_T1)
                  if window > 0:
                    before_TS = torch.logical_and(before_TS, torch.gt(column_S, column_T1 - window))
                  own_BS = torch.ge(column_S, start_B.unsqueeze(1) + shared)
                  row_B1S = torch.logical_or(torch.lt(column_S, shared), own_BS).unsqueeze(1)
                  seen_BTS = torch.logical_or(itself_TS, torch.logical_and(before_TS, row_B1S))
                  masks.append([self.scores_mask(torch.logical_not(seen_BTS))])
                return masks

              # Logits of the token after the last column.
              def next_logits(self, ids_BT: Tensor, start_B: Tensor, at: int, shared: int, cache: List[Tensor],
                  p: List[Tensor]) -> Tensor:
                t = ids_BT.size(1)
                column_T = torch.arange(at, at + t, device=ids_BT.device)
                positions_BT = torch.clamp(column_T - start_B.unsqueeze(1), min=0).to(6)
                cos, sin = self.cos_sin(positions_BT.flatten(), p[:$KINDS])
                masks = self.cache_masks(start_B, at, t, shared)
                token_BT = torch.arange(ids_BT.numel(), device=ids_BT.device).view(ids_BT.size())
                spans = annotate(List[Tuple[int, int, int, int]], [])
                h_BD = self.decode(ids_BT.flatten(), self.places(token_BT, ids_BT.numel(), 0), [spans, spans], cos, sin, masks,
                    cache, at, token_BT[:, t - 1], p[$KINDS:$END], self.adapter(p), annotate(List[Tensor], []), None, 0)
                return torch.to(self.matmul_nt(h_BD, p[$HEAD], None), 6, False, False, None)

              # Keys and values [B, G, S, K] of each block.
              def new_cache(self, rows: int, columns: int, like: Tensor) -> List[Tensor]:
                return [torch.zeros([rows, $G, columns, $K], dtype=$TYPE, device=like.device) for _ in range(2 * $LAYERS)]

              def next_tokens(self, ids_BT: Tensor, start_B: Tensor, at: int, shared: int, cache: List[Tensor],
                  p: List[Tensor]) -> Tensor:
                return torch.argmax(self.next_logits(ids_BT, start_B, at, shared, cache, p), -1)
            """;

    private final TorchProgram program;
    private final List<NDArray> frequencies = new ArrayList<>();
    private final AdapterSlots slots;
    private final ModelConfig config;
    private final Precision precision;

    /// The program for scoring and generation.
    ///
    /// @param lora the adapter's shape, when the program is to compute one
    /// @param precision of the computation; base weights must have it, adapters and gradients are fp32
    public static DecoderProgram forUse(
            PtNDManager manager, ModelConfig config, Optional<LoraShape> lora, Precision precision) {
        return new DecoderProgram(manager, config, lora, Optional.empty(), precision);
    }

    /// The program for [#gradients]: of the adapter, with its dropout, or of all weights when there is no
    /// adapter.
    ///
    /// @param neftuneAlpha noise on the embeddings, 0 for none
    /// @param tape what the forward keeps for the backward
    public static DecoderProgram forTraining(
            PtNDManager manager,
            ModelConfig config,
            Optional<LoraShape> lora,
            Precision precision,
            double neftuneAlpha,
            KeptActivations tape) {
        Decoder.Learning learning = new Decoder.Learning(neftuneAlpha, tape);
        return new DecoderProgram(manager, config, lora, Optional.of(learning), precision);
    }

    private DecoderProgram(
            PtNDManager manager,
            ModelConfig config,
            Optional<LoraShape> lora,
            Optional<Decoder.Learning> learning,
            Precision precision) {
        this.slots = new AdapterSlots(manager, config, lora);
        this.config = config;
        this.precision = precision;
        this.program = new TorchProgram(
                manager,
                Decoder.source(config, lora, learning, precision)
                        + TokenLoss.source(config, precision)
                        + entryPoints(config, lora, learning.isPresent() && lora.isEmpty(), precision));
        for (ModelConfig.Block kind : config.blockKinds()) {
            float[] inverse = kind.rope()
                    .map(rope -> rope.inverseFrequencies(config.headSize()))
                    .orElseGet(() -> new float[config.headSize() / 2]);
            frequencies.add(manager.create(FloatBuffer.wrap(inverse), new Shape(inverse.length), DataType.FLOAT32));
        }
    }

    private static String entryPoints(ModelConfig config, Optional<LoraShape> lora, boolean full, Precision precision) {
        int weights = WeightLayout.stored(config);
        List<ModelConfig.Block> kinds = config.blockKinds();
        Optional<LoraShape> scaled = lora.filter(LoraShape::scaledByModule);
        return TorchText.fill(
                ENTRY_POINTS,
                Map.ofEntries(
                        Map.entry("SCALED_BY_MODULE", scaled.isPresent()),
                        Map.entry(
                                "SLOT_RATIOS",
                                scaled.map(shape -> ratios(config, shape, true)).orElse(List.of(1.0))),
                        Map.entry(
                                "GRADIENT_RATIOS",
                                scaled.map(shape -> ratios(config, shape, false))
                                        .orElse(List.of(1.0))),
                        Map.entry("KINDS", kinds.size()),
                        Map.entry(
                                "WINDOWS",
                                kinds.stream()
                                        .map(kind -> kind.window().orElse(0))
                                        .toList()),
                        Map.entry("END", kinds.size() + weights),
                        Map.entry("HEAD", config.tiedHead() ? kinds.size() : kinds.size() + weights - 1),
                        Map.entry("TIED", config.tiedHead()),
                        Map.entry("FULL", full),
                        Map.entry("TYPE", precision.scalarType()),
                        Map.entry("LAYERS", config.layers()),
                        Map.entry("G", config.kvHeads()),
                        Map.entry("K", config.headSize())));
    }

    /// From here on there is a block of each kind beside the last one, which leaves out what is not read.
    private static int warmUpFrom(ModelConfig config) {
        int from = Math.max(0, config.layers() - 1);
        Set<ModelConfig.Block> met = new HashSet<>();
        while (from > 0 && met.size() < config.blockKinds().size()) {
            met.add(config.blocks().get(--from));
        }
        return from;
    }

    /// For each tensor of the adapter what it is scaled by.
    ///
    /// @param blanks with those that stand where there is no adapter
    private static List<Double> ratios(ModelConfig config, LoraShape lora, boolean blanks) {
        List<Double> ratios = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (String linear : lora.targets()) {
                if (blanks || lora.adapts(layer, linear)) {
                    double ratio = lora.scale(WeightLayout.path(layer, linear)) / lora.scale();
                    LoraWeights.ofModule(config, lora, layer, linear)
                            .keySet()
                            .forEach(name -> ratios.add(LoraWeights.isB(name) ? ratio : 1));
                }
            }
        }
        return ratios;
    }

    /// What it computes in.
    public Precision precision() {
        return precision;
    }

    /// The sum of the losses of the targets, then the gradient of every trainable tensor.
    ///
    /// @param parameters base weights, then adapter
    public NDList gradients(PtNDManager manager, Batch batch, List<NDArray> parameters) {
        return gradients(manager, batch, parameters, 0);
    }

    /// What oneDNN's kernels for a batch differ in: all tokens, picked ones, and what attention multiplies, unless MKL
    /// does, which has one kernel for all.
    public Set<Object> shapes(Batch batch) {
        Set<Object> shapes = new HashSet<>();
        shapes.add("N " + batch.ids().size());
        shapes.add("L " + batch.picked().size());
        if (precision == Precision.BF16) {
            shapes.addAll(Attention.shapes(config, batch));
        }
        return shapes;
    }

    /// As [#gradients], but of the last blocks only: as few as bring about all shapes that the others would. What
    /// comes out means nothing.
    public NDList warmUp(PtNDManager manager, Batch batch, List<NDArray> parameters) {
        return gradients(manager, batch, parameters, warmUpFrom(config));
    }

    private NDList gradients(PtNDManager manager, Batch batch, List<NDArray> parameters, int first) {
        return call(manager, "gradients", batch, parameters, batch.picked(), batch.targets(), batch.length(), first);
    }

    /// Each target's negative log-likelihood `[M]`, and 1 where it is the likeliest token, else 0
    /// `[M]`.
    public NDList score(PtNDManager manager, Batch batch, List<NDArray> parameters) {
        return call(manager, "score", batch, parameters, batch.picked(), batch.targets());
    }

    /// Logits `[N, V]` of all rows' tokens: for few and short rows.
    public NDArray logits(PtNDManager manager, Batch batch, List<NDArray> parameters) {
        return call(manager, "logits", batch, parameters).singletonOrThrow();
    }

    /// @param more what the method takes between the batch's rows and the parameters
    private NDList call(PtNDManager manager, String method, Batch batch, List<NDArray> parameters, Object... more) {
        List<Object> inputs = new ArrayList<>(List.of(
                batch.ids(),
                batch.positions(),
                batch.rows(),
                batch.tokens(),
                batch.packed(),
                batch.shared(),
                batch.read()));
        inputs.addAll(List.of(more));
        inputs.add(arguments(parameters));
        return program.call(manager, method, inputs.toArray());
    }

    /// What every row goes on with.
    ///
    /// @param ids `[B, T]`
    /// @param start `[B]`, columns of padding between what all rows begin with and what is each one's own
    /// @param at columns that the cache holds already
    /// @param shared columns that all rows begin with; 0 where some kind of block sees a window only, which
    ///     counts columns
    public record NewColumns(NDArray ids, NDArray start, int at, int shared) {}

    /// Logits `[B, V]` of the token after the last column; `cache` takes the keys and values of the
    /// T new columns.
    public NDArray nextLogits(PtNDManager manager, NewColumns columns, List<NDArray> cache, List<NDArray> parameters) {
        return next(manager, "next_logits", columns, cache, parameters);
    }

    /// As [#nextLogits], but only the likeliest token of each row, `[B]`.
    public NDArray nextTokens(PtNDManager manager, NewColumns columns, List<NDArray> cache, List<NDArray> parameters) {
        return next(manager, "next_tokens", columns, cache, parameters);
    }

    private NDArray next(
            PtNDManager manager, String method, NewColumns columns, List<NDArray> cache, List<NDArray> parameters) {
        return program.call(
                        manager,
                        method,
                        columns.ids(),
                        columns.start(),
                        columns.at(),
                        columns.shared(),
                        cache,
                        arguments(parameters))
                .singletonOrThrow();
    }

    /// An empty cache for `rows` rows of at most `columns` tokens: keys and values `[B, G, S, K]`
    /// of each block.
    public List<NDArray> newCache(PtNDManager manager, int rows, int columns) {
        return program.call(manager, "new_cache", rows, columns, frequencies.getFirst());
    }

    private List<NDArray> arguments(List<NDArray> parameters) {
        List<NDArray> p = new ArrayList<>(frequencies);
        p.addAll(slots.fill(parameters));
        return p;
    }

    @Override
    public void close() {
        program.close();
        frequencies.forEach(NDArray::close);
        slots.close();
    }
}
