package dev.finetide.sft.decoder;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.Rope;
import dev.finetide.sft.lora.LoraLinear;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.model.Nf4;
import dev.finetide.sft.torch.MatrixProducts;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The decoder as TorchScript: `decoder.py`, in the order of the papers, each backward after its forward, with
/// `rotary.py`, [AttentionLayout], [Attention] and [LoraLinear]. `decoder.py` explains the letters of axes
/// that names end with, the tape, and what is computed in which type. This class fills in a model's numbers.
final class Decoder {
    private Decoder() {}

    /// The settings of a program that computes gradients. The adapter learns, or all weights where there is no
    /// adapter.
    ///
    /// @param neftuneAlpha noise on the embeddings, 0 for none
    /// @param kept what the forward keeps for the backward
    record Learning(double neftuneAlpha, KeptActivations kept) {}

    /// Returns the methods for one model.
    ///
    /// @param lora the adapter's shape, when one is to be computed
    /// @param learning present when gradients are to be computed
    static TorchSource source(
            ModelConfig config, Optional<LoraShape> lora, Optional<Learning> learning, Precision precision) {
        KeptActivations kept = learning.map(Learning::kept).orElse(KeptActivations.ALL_BUT_SCORES);
        List<TorchSource> sources = new ArrayList<>(List.of(
                MatrixProducts.source(precision),
                rotary(config, precision),
                AttentionLayout.source(config, precision),
                Attention.source(config, precision, kept),
                LoraLinear.source(config, lora, learning.isPresent())));
        if (config.nf4()) {
            sources.add(Nf4.source(precision));
        }
        ModelConfig.Variant variant = config.variant();
        sources.add(TorchSource.read(
                Decoder.class,
                "decoder.py",
                Map.ofEntries(
                        Map.entry("DTYPE", precision.scalarType()),
                        Map.entry("EPSILON", config.normEps()),
                        Map.entry("NORM_OFFSET", variant.normOffset()),
                        Map.entry("HEAD_NORMS", variant.headNorms()),
                        Map.entry("OUTPUT_NORMS", variant.outputNorms()),
                        Map.entry("GELU", variant.activation() == ModelConfig.Activation.GELU_TANH),
                        Map.entry("EMBEDDING_SCALE", variant.embeddingScale()),
                        Map.entry("TIED", config.tiedHead()),
                        Map.entry("FULL", learning.isPresent() && lora.isEmpty()),
                        Map.entry(
                                "NEFTUNE", learning.map(Learning::neftuneAlpha).orElse(0.0)),
                        Map.entry("RECOMPUTE", kept == KeptActivations.BLOCK_INPUTS),
                        Map.entry("LAYERS", config.layers()),
                        Map.entry("HEAD_SIZE", config.headSize()),
                        Map.entry("VOCABULARY", config.vocab()))));
        return TorchSource.join(sources);
    }

    private static TorchSource rotary(ModelConfig config, Precision precision) {
        List<Double> amplitudes = config.blockKinds().stream()
                .map(kind -> kind.rope().map(Rope::amplitude).orElse(1.0))
                .toList();
        return TorchSource.read(
                Decoder.class,
                "rotary.py",
                Map.of(
                        "DTYPE",
                        precision.scalarType(),
                        "HEADS",
                        config.heads(),
                        "HALF_HEAD",
                        config.headSize() / 2,
                        "AMPLITUDES",
                        amplitudes));
    }
}
