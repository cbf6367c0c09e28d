package dev.finetide.sft.decoder;

import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.torch.MatrixProducts;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchText;
import java.util.Map;

/// Cross entropy of the supervised tokens only, and its gradient, as TorchScript.
///
/// The hidden state before each supervised token is picked first, and the logits of a chunk of them
/// live only while their loss and gradient are computed: the logits of all tokens never exist.
///
/// Forward: nll = log sum exp(h W') - (h W')[target]. Backward, with p = softmax(h W'): d nll / d
/// logits = p - onehot, so dh = (p - onehot) W and dW = (p - onehot)' h.
final class TokenLoss {
    /// Elements of one chunk of logits, 50 MB in fp32, for which the head's weights are read once.
    private static final int CHUNK_ELEMENTS = 3 << 22;

    private static final int LEAST_CHUNK = 128;

    private static final String SOURCE = """
              # Sum of the tokens' negative log-likelihoods, its gradient in h_LD, and in head_VD when head_learns. What has no
              # target is padding.
              def token_loss(self, h_LD: Tensor, head_VD: Tensor, targets_M: Tensor, head_learns: bool
                  ) -> Tuple[Tensor, Tensor, Tensor]:
                nll = torch.zeros([], dtype=6, device=h_LD.device)
                dh_LD = torch.empty_like(h_LD)
                dhead_VD = torch.zeros_like(head_VD, dtype=6) if head_learns else nll
                for start in range(0, h_LD.size(0), $CHUNK):
                  h_CD = h_LD[start:start + $CHUNK]
                  targets_C1 = targets_M[start:start + $CHUNK].unsqueeze(1)
                  logits_CV = torch.to(self.matmul_nt(h_CD, head_VD, None), 6, False, False, None)
                  logp_CV = torch._log_softmax(logits_CV, -1, False, out=logits_CV)
                  nll.sub_(torch.gather(logp_CV, 1, targets_C1).sum())
                  dlogits_CV = logp_CV.exp_()
                  dlogits_CV.scatter_add_(1, targets_C1, torch.full_like(targets_C1, -1, dtype=6))
                  dlogits_CV[targets_C1.size(0):].zero_()
                  dlogits_CV = torch.to(dlogits_CV, $TYPE, False, False, None)
                  dh_LD[start:start + $CHUNK].copy_(self.matmul_nn(dlogits_CV, head_VD))
                  if head_learns:
                    dhead_VD.add_(self.matmul_tn(dlogits_CV, h_CD))
                return (nll, dh_LD, dhead_VD)

              # Without gradients: each token's negative log-likelihood, and whether it is the likeliest token.
              def token_scores(self, h_LD: Tensor, head_VD: Tensor, targets_M: Tensor) -> Tuple[Tensor, Tensor]:
                nll_M = torch.empty(targets_M.size(), dtype=6, device=h_LD.device)
                hits_M = torch.empty_like(nll_M)
                for start in range(0, targets_M.size(0), $CHUNK):
                  targets_C = targets_M[start:start + $CHUNK]
                  logits_CV = self.matmul_nt(h_LD[start:start + $CHUNK], head_VD, None)
                  logp_CV = torch.log_softmax(torch.to(logits_CV, 6, False, False, None), -1)
                  nll_M[start:start + $CHUNK].copy_(-torch.gather(logp_CV, 1, targets_C.unsqueeze(1)).squeeze(1))
                  hits_M[start:start + $CHUNK].copy_(torch.eq(torch.argmax(logp_CV[:targets_C.size(0)], -1), targets_C))
                return (nll_M, hits_M)
            """;

    private TokenLoss() {}

    static String source(ModelConfig config, Precision precision) {
        int tokens = CHUNK_ELEMENTS / config.vocab() / MatrixProducts.TILE * MatrixProducts.TILE;
        return TorchText.fill(SOURCE, Map.of("CHUNK", Math.max(LEAST_CHUNK, tokens), "TYPE", precision.scalarType()));
    }
}
