# TorchScript, read by TensorPieces.java; TorchSource.java describes the form of such files.
from typing import List

import torch
from torch import Tensor
from torch.nn import Module

FLOAT32: int = ...


class TensorPieces(Module):
    # Zeros of a shape and type, on the device of another tensor.
    def zeros(self, like: Tensor, shape: List[int], dtype: int) -> Tensor:
        return torch.zeros(shape, dtype=dtype, device=like.device)

    # Overwrites the elements from the first on by those of a piece, which is one-dimensional.
    def put(self, target: Tensor, piece: Tensor, first: int) -> Tensor:
        target.view([-1])[first:first + piece.size(0)].copy_(piece)
        return piece

    # The elements from the first to before the end, [end - first], in the processor's memory.
    def get(self, source: Tensor, first: int, end: int) -> Tensor:
        return source.view([-1])[first:end].cpu()

    # The same in fp32.
    def get_floats(self, source: Tensor, first: int, end: int) -> Tensor:
        return source.view([-1])[first:end].cpu().to(FLOAT32)
