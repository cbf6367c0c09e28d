# TorchScript, read by AdamW.java; TorchSource.java describes the form of such files.
#
# AdamW (Loshchilov and Hutter 2019, algorithm 2): m = β1 m + (1 - β1) g, v = β2 v + (1 - β2) g²,
# w = w - lr (m̂ / (√v̂ + ε) + λ w), where m̂ = m / (1 - β1^t) and v̂ = v / (1 - β2^t).
from typing import List, NamedTuple, Tuple

import torch
from torch import Tensor
from torch.jit import annotate
from torch.nn import Module

BETA1: float = ...
BETA2: float = ...
EPSILON: float = ...

# What Java passes for the tensors: weights, gradients, means, squares, how many tensors decay.
TENSORS_TUPLE = Tuple[List[Tensor], List[Tensor], List[Tensor], List[Tensor], int]

# What Java passes for a step: its number, supervised tokens, largest norm, learning rate, weight decay.
STEP_TUPLE = Tuple[Tensor, float, float, float, float]


# Tensors that learn, with their gradients and running means. All lists have the same length and shapes.
class Learning(NamedTuple):
    weights: List[Tensor]
    gradients: List[Tensor]
    means: List[Tensor]  # m
    squares: List[Tensor]  # v


class AdamW(Module):
    # One step. Gradients are sums over the step's tokens: they are divided by their number and clipped by their norm.
    # The first tensors decay, the others do not. Returns the norm of all gradients together, before clipping, a
    # scalar; where it is not finite nothing changes.
    def update(self, tensors: TENSORS_TUPLE, settings: STEP_TUPLE) -> Tensor:
        weights, gradients, means, squares, decaying = tensors
        step, tokens, max_norm, lr, weight_decay = settings
        norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(gradients))) / tokens
        if bool(torch.isfinite(norm)):
            clip = torch.clamp(max_norm / (norm + 1e-6), max=1.0) if max_norm > 0.0 else torch.ones_like(norm)
            scale = tokens / clip
            decayed = Learning(weights[:decaying], gradients[:decaying], means[:decaying], squares[:decaying])
            self.adamw(decayed, step, scale, lr, weight_decay)
            if decaying < len(weights):
                others = Learning(weights[decaying:], gradients[decaying:], means[decaying:], squares[decaying:])
                self.adamw(others, step, scale, lr, 0.0)
        return norm

    # Updates tensors in place. step: t; scale: what gradients are divided by.
    def adamw(self, learning: Learning, step: Tensor, scale: Tensor, lr: float, weight_decay: float) -> None:
        steps = [step for _ in range(len(learning.weights))]
        torch._fused_adamw_(learning.weights, learning.gradients, learning.means, learning.squares,
            annotate(List[Tensor], []), steps, lr=lr, beta1=BETA1, beta2=BETA2, weight_decay=weight_decay, eps=EPSILON,
            amsgrad=False, maximize=False, grad_scale=scale)

    # Sets tensors to zero.
    def zero(self, tensors: List[Tensor]) -> Tensor:
        torch._foreach_zero_(tensors)
        return tensors[0]
