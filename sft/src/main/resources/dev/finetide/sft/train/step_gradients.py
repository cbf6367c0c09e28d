# TorchScript, read by StepGradients.java; TorchSource.java describes the form of such files.
from typing import List

import torch
from torch import Tensor
from torch.nn import Module


class StepGradients(Module):
    # Adds tensors to a sum of tensors of the same shapes, in place.
    def add(self, total: List[Tensor], gradients: List[Tensor]) -> Tensor:
        torch._foreach_add_(total, gradients)
        return total[0]
