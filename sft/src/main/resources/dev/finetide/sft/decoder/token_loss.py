# TorchScript, read by TokenLoss.java; TorchSource.java describes the form of such files.
#
# Cross entropy of the supervised tokens only, and its gradient. Axes as in decoder.py; C tokens of a chunk.
#
# The logits of a chunk live only while their loss and gradient are computed: the logits of all tokens never exist.
#
# Forward: nll = log sum exp(h W') - (h W')[target].
# Backward, with p = softmax(h W'): d nll / d logits = p - onehot, so dh = (p - onehot) W and dW = (p - onehot)' h
# (Bishop 2006, section 4.3.4).
from typing import Tuple

import torch
from torch import Tensor
from torch.nn import Module

FLOAT32: int = ...
DTYPE: int = ...  # the type of weights and activations
CHUNK: int = ...  # tokens of a chunk
FULL: bool = ...  # whether the head learns


class TokenLoss(Module):
    # Sum of the tokens' negative log-likelihoods, a scalar; its gradient in h_LD; and that in head_VD, where the head
    # learns. The tokens from M on have no target: they are padding, and their gradient is zero.
    def token_loss(self, h_LD: Tensor, head_VD: Tensor, targets_M: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        nll = torch.zeros([], dtype=FLOAT32, device=h_LD.device)
        dh_LD = torch.empty_like(h_LD)
        dhead_VD = torch.zeros_like(head_VD, dtype=FLOAT32) if FULL else nll
        for start in range(0, h_LD.size(0), CHUNK):
            h_CD = h_LD[start:start + CHUNK]
            targets_C1 = targets_M[start:start + CHUNK].unsqueeze(1)
            logits_CV = self.matmul_nt(h_CD, head_VD, None).to(FLOAT32)
            logp_CV = torch._log_softmax(logits_CV, -1, False, out=logits_CV)
            nll.sub_(torch.gather(logp_CV, 1, targets_C1).sum())
            dlogits_CV = logp_CV.exp_()
            dlogits_CV.scatter_add_(1, targets_C1, torch.full_like(targets_C1, -1, dtype=FLOAT32))
            dlogits_CV[targets_C1.size(0):].zero_()
            dlogits_CV = dlogits_CV.to(DTYPE)
            dh_LD[start:start + CHUNK].copy_(self.matmul_nn(dlogits_CV, head_VD))
            if FULL:
                dhead_VD.add_(self.matmul_tn(dlogits_CV, h_CD))
        return (nll, dh_LD, dhead_VD)

    # Each token's negative log-likelihood, [M], and 1 where it is the likeliest token, else 0, [M]; no gradients.
    def token_scores(self, h_LD: Tensor, head_VD: Tensor, targets_M: Tensor) -> Tuple[Tensor, Tensor]:
        nll_M = torch.empty(targets_M.size(), dtype=FLOAT32, device=h_LD.device)
        hits_M = torch.empty_like(nll_M)
        for start in range(0, targets_M.size(0), CHUNK):
            targets_C = targets_M[start:start + CHUNK]
            logits_CV = self.matmul_nt(h_LD[start:start + CHUNK], head_VD, None)
            logp_CV = torch.log_softmax(logits_CV.to(FLOAT32), -1)
            nll_M[start:start + CHUNK].copy_(-torch.gather(logp_CV, 1, targets_C.unsqueeze(1)).squeeze(1))
            hits_M[start:start + CHUNK].copy_(torch.eq(torch.argmax(logp_CV[:targets_C.size(0)], -1), targets_C))
        return (nll_M, hits_M)
