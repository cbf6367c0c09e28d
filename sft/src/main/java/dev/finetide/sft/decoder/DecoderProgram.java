package dev.finetide.sft.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.lora.AdapterSlots;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.LoraWeights;
import dev.finetide.sft.model.WeightMemory;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchProgram;
import dev.finetide.sft.torch.TorchSource;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The compiled program of one model, with or without an adapter: `decoder_program.py` has the methods that
/// training, scoring and generation call. Axes are named as in `decoder.py`. Several threads may use it at
/// once; results belong to the manager that the caller passes.
public final class DecoderProgram implements AutoCloseable {
    private final TorchProgram program;
    private final List<NDArray> frequencies = new ArrayList<>();
    private final AdapterSlots slots;
    private final ModelConfig config;
    private final Precision precision;

    /// Compiles the program for scoring and generation.
    ///
    /// @param lora the adapter's shape, when the program is to compute one
    /// @param precision precision of the computation; base weights must have it, adapters and gradients are fp32
    public static DecoderProgram forUse(
            PtNDManager manager, ModelConfig config, Optional<LoraShape> lora, Precision precision) {
        return new DecoderProgram(manager, config, lora, Optional.empty(), precision);
    }

    /// Compiles the program for [#gradients]: those of the adapter, with its dropout, or those of all weights
    /// when there is no adapter.
    ///
    /// @param neftuneAlpha noise on the embeddings, 0 for none
    /// @param kept what the forward keeps for the backward
    public static DecoderProgram forTraining(
            PtNDManager manager,
            ModelConfig config,
            Optional<LoraShape> lora,
            Precision precision,
            double neftuneAlpha,
            KeptActivations kept) {
        Decoder.Learning learning = new Decoder.Learning(neftuneAlpha, kept);
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
        boolean full = learning.isPresent() && lora.isEmpty();
        this.program = new TorchProgram(
                manager,
                TorchSource.join(List.of(
                        Decoder.source(config, lora, learning, precision),
                        TokenLoss.source(config, precision, full),
                        entryPoints(config, lora, full, precision))));
        for (ModelConfig.Block kind : config.blockKinds()) {
            float[] inverse = kind.rope()
                    .map(rope -> rope.inverseFrequencies(config.headSize()))
                    .orElseGet(() -> new float[config.headSize() / 2]);
            frequencies.add(manager.create(FloatBuffer.wrap(inverse), new Shape(inverse.length), DataType.FLOAT32));
        }
    }

    private static TorchSource entryPoints(
            ModelConfig config, Optional<LoraShape> lora, boolean full, Precision precision) {
        int kinds = config.blockKinds().size();
        Optional<LoraShape> scaled = lora.filter(LoraShape::scaledByModule);
        return TorchSource.read(
                DecoderProgram.class,
                "decoder_program.py",
                Map.ofEntries(
                        Map.entry("DTYPE", precision.scalarType()),
                        Map.entry("KINDS", kinds),
                        Map.entry("END_OF_BASE", kinds + WeightMemory.tensors(config)),
                        Map.entry("SCALED_BY_MODULE", scaled.isPresent()),
                        Map.entry(
                                "WEIGHT_RATIOS",
                                scaled.map(shape -> ratios(config, shape, true)).orElse(List.of())),
                        Map.entry(
                                "GRADIENT_RATIOS",
                                scaled.map(shape -> ratios(config, shape, false))
                                        .orElse(List.of())),
                        Map.entry("TIED", config.tiedHead()),
                        Map.entry("FULL", full),
                        Map.entry("LAYERS", config.layers()),
                        Map.entry("KV_HEADS", config.kvHeads()),
                        Map.entry("HEAD_SIZE", config.headSize())));
    }

    /// Returns the block from which on there is one of each kind, not counting the last, which leaves out what
    /// is not read.
    private static int warmUpFrom(ModelConfig config) {
        int from = Math.max(0, config.layers() - 1);
        Set<ModelConfig.Block> met = new HashSet<>();
        while (from > 0 && met.size() < config.blockKinds().size()) {
            met.add(config.blocks().get(--from));
        }
        return from;
    }

    /// Returns for each tensor of the adapter the factor that it is multiplied by.
    ///
    /// @param blanks whether tensors count that stand where there is no adapter
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

    /// Returns the precision of the computation.
    public Precision precision() {
        return precision;
    }

    /// Computes the sum of the losses of the targets, then its gradient in every trainable tensor.
    ///
    /// @param parameters base weights, then the adapter's
    public NDList gradients(PtNDManager manager, Batch batch, List<NDArray> parameters) {
        return gradients(manager, batch, parameters, 0);
    }

    /// Returns what distinguishes oneDNN's kernels for a batch from those for another: the number of all
    /// tokens, of picked ones, and in bf16 the shapes of attention's products. In fp32 MKL multiplies there,
    /// which has one kernel for all shapes.
    public Set<Object> shapes(Batch batch) {
        Set<Object> shapes = new HashSet<>();
        shapes.add("N " + batch.ids().size());
        shapes.add("L " + batch.picked().size());
        if (precision == Precision.BF16) {
            shapes.addAll(AttentionLayout.shapes(config, batch));
        }
        return shapes;
    }

    /// Computes [#gradients] through the last blocks only, as few of them as meet all shapes that the whole
    /// model would meet. The results mean nothing.
    public NDList warmUp(PtNDManager manager, Batch batch, List<NDArray> parameters) {
        return gradients(manager, batch, parameters, warmUpFrom(config));
    }

    private NDList gradients(PtNDManager manager, Batch batch, List<NDArray> parameters, int firstBlock) {
        return program.call(manager, "gradients", tuple(batch), firstBlock, arguments(parameters));
    }

    /// Computes the negative log-likelihood of each target, `[M]`, and 1 where the target is the likeliest
    /// token, else 0, `[M]`.
    public NDList score(PtNDManager manager, Batch batch, List<NDArray> parameters) {
        return program.call(manager, "score", tuple(batch), arguments(parameters));
    }

    /// Computes the logits of all rows' tokens, `[N, V]`; for few and short rows.
    public NDArray logits(PtNDManager manager, Batch batch, List<NDArray> parameters) {
        return program.call(manager, "logits", tuple(batch), arguments(parameters))
                .singletonOrThrow();
    }

    /// A batch as `decoder_program.py` takes it.
    private static TorchProgram.Tuple tuple(Batch batch) {
        return new TorchProgram.Tuple(
                batch.ids(),
                batch.positions(),
                batch.rowLengths(),
                tuple(batch.rows()),
                batch.picked(),
                batch.targets());
    }

    private static TorchProgram.Tuple tuple(Batch.Rows rows) {
        return new TorchProgram.Tuple(rows.lengths(), rows.tokens(), rows.packed(), rows.shared(), rows.firstRead());
    }

    /// Computes the logits of the tokens that follow in each row of a step, `[A, V]`, and for its targets what
    /// [#score] computes. The cache takes the keys and values of the step's tokens.
    public NDList stepLogits(PtNDManager manager, GenerationStep step, KeyValueCache cache, List<NDArray> parameters) {
        return step(manager, "step_logits", step, cache, parameters);
    }

    /// Computes the likeliest tokens that follow, `[A]`, and the rest as [#stepLogits] does.
    public NDList stepTokens(PtNDManager manager, GenerationStep step, KeyValueCache cache, List<NDArray> parameters) {
        return step(manager, "step_tokens", step, cache, parameters);
    }

    private NDList step(
            PtNDManager manager, String method, GenerationStep step, KeyValueCache cache, List<NDArray> parameters) {
        TorchProgram.Tuple given = new TorchProgram.Tuple(
                step.ids(),
                step.positions(),
                step.cells(),
                step.lengths(),
                tuple(step.rows()),
                step.picked(),
                step.targets(),
                step.next(),
                cache.columns(),
                step.seen());
        return program.call(manager, method, given, cache.cells(), cache.beginning(), arguments(parameters));
    }

    int kvHeads() {
        return config.kvHeads();
    }

    /// Makes the arrays of an empty cache.
    List<NDArray> newCells(PtNDManager manager, int slots, int columns) {
        return program.call(manager, "new_cache", slots, columns, frequencies.getFirst());
    }

    /// Copies the keys and values of a cache's only slot, after those that its rows begin with, `[G, P + S, K]`.
    List<NDArray> onlySlot(PtNDManager manager, KeyValueCache cache) {
        return program.call(manager, "only_slot", cache.cells(), cache.beginning());
    }

    /// Copies slots into slots of another cache or of the same one.
    void copySlots(KeyValueCache source, long[] slots, KeyValueCache target, long[] targets) {
        try (PtNDManager scope = target.manager().newSubManager(target.manager().getDevice())) {
            program.call(
                    scope,
                    "copy_slots",
                    source.cells(),
                    source.columns(),
                    Batch.longs(scope, slots, slots.length),
                    target.cells(),
                    target.columns(),
                    Batch.longs(scope, targets, targets.length));
        }
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
