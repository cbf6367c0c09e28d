package dev.finetide.sft.model;

/// The shape of a decoder-only transformer, as its family read it from `config.json`.
///
/// @param modelType Hugging Face's name of the family, such as `llama`
/// @param vocab V, entries of the embedding table
/// @param hidden D, width of the residual stream
/// @param intermediate F, width of the feed-forward layer
/// @param layers decoder blocks
/// @param heads H, query heads
/// @param kvHeads G, key and value heads; divides H
/// @param headSize K, width of one head
/// @param maxPositions tokens of the longest sequence the model was made for
/// @param normEps added to the mean square in RMSNorm
/// @param tiedHead the output layer is the embedding table
public record ModelConfig(
        String modelType,
        int vocab,
        int hidden,
        int intermediate,
        int layers,
        int heads,
        int kvHeads,
        int headSize,
        int maxPositions,
        double normEps,
        Rope rope,
        boolean tiedHead) {
    public ModelConfig {
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "num_attention_heads " + heads + " is no multiple of num_key_value_heads " + kvHeads);
        }
        if (headSize % 2 != 0) {
            throw new IllegalArgumentException("head_dim " + headSize + " is odd, rotary positions need pairs");
        }
    }
}
