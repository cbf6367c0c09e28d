package dev.finetide.modelfiles.config;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// The shape of a decoder-only transformer, as its family read it from `config.json`.
///
/// @param modelType Hugging Face's name of the family, such as `llama`
/// @param vocab V, entries of the embedding table
/// @param hidden D, width of the residual stream
/// @param intermediate F, width of the feed-forward layer
/// @param heads H, query heads
/// @param kvHeads G, key and value heads; divides H
/// @param headSize K, width of one head
/// @param maxPositions tokens of the longest sequence the model was made for
/// @param normEps added to the mean square in RMSNorm
/// @param tiedHead whether the output layer is the embedding table
/// @param blocks the decoder blocks, from the first to the last
/// @param variant properties of all blocks
/// @param nf4 whether the linear layers of the blocks are held in 4 bits; a setting, not in `config.json`
public record ModelConfig(
        String modelType,
        int vocab,
        int hidden,
        int intermediate,
        int heads,
        int kvHeads,
        int headSize,
        int maxPositions,
        double normEps,
        boolean tiedHead,
        List<Block> blocks,
        Variant variant,
        boolean nf4) {
    private static final int WIDE = 256;

    /// The properties in which blocks differ.
    ///
    /// @param window tokens that a token sees, itself included; empty for all before it
    /// @param rope rotary positions; empty for none
    public record Block(OptionalInt window, Optional<Rope> rope) {
        /// Makes a block that sees everything, with rotary positions.
        public static Block global(Rope rope) {
            return new Block(OptionalInt.empty(), Optional.of(rope));
        }
    }

    /// The gate of the feed-forward layer.
    public enum Activation {
        SILU,
        /// GELU in the approximation with tanh.
        GELU_TANH
    }

    /// The properties in which families differ from Llama's block.
    ///
    /// @param biased linear layers that have a bias
    /// @param headNorms whether queries and keys are normalised head by head before they are rotated
    /// @param outputNorms whether attention and feed-forward are normalised once more before they are added to
    ///     the residual stream
    /// @param normOffset whether norms scale by weight + 1
    /// @param activation the gate of the feed-forward layer
    /// @param embeddingScale factor on embeddings
    /// @param attentionScale factor on the products of queries and keys
    public record Variant(
            Set<String> biased,
            boolean headNorms,
            boolean outputNorms,
            boolean normOffset,
            Activation activation,
            double embeddingScale,
            double attentionScale) {
        public Variant {
            biased = Set.copyOf(biased);
        }

        /// Returns Llama's own variant.
        public static Variant plain(int headSize) {
            return new Variant(Set.of(), false, false, false, Activation.SILU, 1, 1 / Math.sqrt(headSize));
        }

        Variant withBiased(Set<String> linears) {
            return new Variant(linears, headNorms, outputNorms, normOffset, activation, embeddingScale, attentionScale);
        }

        Variant withHeadNorms() {
            return new Variant(biased, true, outputNorms, normOffset, activation, embeddingScale, attentionScale);
        }
    }

    public ModelConfig {
        blocks = List.copyOf(blocks);
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "num_attention_heads " + heads + " is no multiple of num_key_value_heads " + kvHeads);
        }
        if (headSize % 2 != 0) {
            throw new IllegalArgumentException("head_dim " + headSize + " is odd, rotary positions need pairs");
        }
    }

    /// Returns the same model with its linear layers in 4 bits.
    public ModelConfig withNf4() {
        return with(tiedHead, true);
    }

    /// Returns the same model with an output layer of its own.
    public ModelConfig withOwnHead() {
        return with(false, nf4);
    }

    private ModelConfig with(boolean tied, boolean inFourBits) {
        return new ModelConfig(
                modelType,
                vocab,
                hidden,
                intermediate,
                heads,
                kvHeads,
                headSize,
                maxPositions,
                normEps,
                tied,
                blocks,
                variant,
                inFourBits);
    }

    /// Tells whether the model spends its time in matrix products. Only then bf16, fewer tokens at once and
    /// threads inside operators are worth it (RATIONALE.md).
    public boolean isWide() {
        return hidden >= WIDE;
    }

    /// Returns the number of decoder blocks.
    public int layers() {
        return blocks.size();
    }

    /// Returns the kinds of blocks: each kind needs its own mask and angles.
    public List<Block> blockKinds() {
        return blocks.stream().distinct().toList();
    }
}
