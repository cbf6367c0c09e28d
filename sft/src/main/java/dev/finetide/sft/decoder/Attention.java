package dev.finetide.sft.decoder;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchSource;
import java.util.Map;

/// Grouped-query attention, forward and backward: `attention.py`, over rows that lie as [AttentionLayout]
/// says.
///
/// Forward: p = softmax(s q k' + mask), y = p v, where s is mostly 1/√K. Backward: dv = p' dy, dp = dy v', ds
/// = p ∘ (dp − rowsum(dp ∘ p)), dq = s ds k, dk = s ds' q.
///
/// The query heads that share a key head are folded into the rows of its matrices, token after token, so keys
/// and values are never copied per query head.
final class Attention {
    private Attention() {}

    /// Returns the methods for one model.
    ///
    /// @param kept what the forward keeps for the backward
    static TorchSource source(ModelConfig config, Precision precision, KeptActivations kept) {
        return TorchSource.read(
                Attention.class,
                "attention.py",
                Map.of(
                        "DTYPE", precision.scalarType(),
                        "KV_HEADS", config.kvHeads(),
                        "GROUP", config.heads() / config.kvHeads(),
                        "HEAD_SIZE", config.headSize(),
                        "ATTENTION_SCALE", config.variant().attentionScale(),
                        "SCORES_KEPT", kept != KeptActivations.ALL_BUT_SCORES));
    }
}
