package dev.finetide.sft.decoder;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.torch.MatrixProducts;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchSource;
import java.util.Map;

/// Cross entropy of the supervised tokens only, and its gradient: `token_loss.py`.
///
/// The hidden state before each supervised token is picked first, and the logits of a chunk of them live only
/// while their loss and gradient are computed: the logits of all tokens never exist.
///
/// Forward: nll = log sum exp(h W') - (h W')[target]. Backward, with p = softmax(h W'): d nll / d logits = p -
/// onehot, so dh = (p - onehot) W and dW = (p - onehot)' h.
final class TokenLoss {
    /// Elements of one chunk of logits, 50 MB in fp32, for which the head's weights are read once.
    private static final int CHUNK_ELEMENTS = 3 << 22;

    private static final int LEAST_CHUNK = 128;

    private TokenLoss() {}

    /// Returns the methods for one model.
    ///
    /// @param headLearns whether the gradient of the head is computed, too
    static TorchSource source(ModelConfig config, Precision precision, boolean headLearns) {
        int tokens = CHUNK_ELEMENTS / config.vocab() / MatrixProducts.TILE * MatrixProducts.TILE;
        return TorchSource.read(
                TokenLoss.class,
                "token_loss.py",
                Map.of("CHUNK", Math.max(LEAST_CHUNK, tokens), "DTYPE", precision.scalarType(), "FULL", headLearns));
    }
}
