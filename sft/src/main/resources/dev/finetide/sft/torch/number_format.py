# TorchScript, read by NumberFormat.java; TorchSource.java describes the form of such files.
from typing import List

import torch
from torch import Tensor
from torch.nn import Module


class NumberFormat(Module):
    # x in another type; x itself where it has that type already.
    def convert(self, x: Tensor, dtype: int) -> Tensor:
        return x.to(dtype)

    # Copies elements into tensors of the same shapes, which keep their types.
    def copy(self, source: List[Tensor], target: List[Tensor]) -> Tensor:
        torch._foreach_copy_(target, source)
        return target[0]
