# TorchScript, read by MatrixProducts.java; TorchSource.java describes the form of such files.
#
# The matrix products of linear layers. As in BLAS, n stands for a matrix as it is and t for its transpose. N tokens,
# I inputs, O outputs.
from numbers import Number as number
from typing import List, Optional

import torch
from torch import Tensor
from torch.jit import annotate
from torch.nn import Module

ONE_DNN: bool = ...  # whether libtorch has oneDNN's linear layer and this program may use it
TILE: int = ...  # tokens of which oneDNN gets only a multiple
LEAST: int = ...  # multiplications from which oneDNN is faster
LEAST_SUMMED: int = ...  # the same for sums over tokens


class MatrixProducts(Module):
    # Whether oneDNN is to multiply [N, I] by [I, columns].
    def suits_one_dnn(self, x_NI: Tensor, columns: int, least: int) -> bool:
        return ONE_DNN and x_NI.size(0) % TILE == 0 and x_NI.numel() * columns >= least and not x_NI.is_cuda

    # x w' + bias, [N, O], by oneDNN where the program may use it.
    def one_dnn(self, x_NI: Tensor, w_OI: Tensor, bias_O: Optional[Tensor]) -> Tensor:
        if ONE_DNN:
            return ops.mkldnn._linear_pointwise(x_NI, w_OI, bias_O, "none", annotate(List[Optional[number]], []), "")
        return torch.linear(x_NI, w_OI, bias_O)

    # x w' + bias, [N, O].
    def matmul_nt(self, x_NI: Tensor, w_OI: Tensor, bias_O: Optional[Tensor]) -> Tensor:
        if self.suits_one_dnn(x_NI, w_OI.size(0), LEAST):
            return self.one_dnn(x_NI, w_OI, bias_O)
        return torch.linear(x_NI, w_OI, bias_O)

    # x w, [N, I].
    def matmul_nn(self, x_NO: Tensor, w_OI: Tensor) -> Tensor:
        if self.suits_one_dnn(x_NO, w_OI.size(1), LEAST):
            return self.one_dnn(x_NO, w_OI.t(), None)
        return torch.matmul(x_NO, w_OI)

    # a' b, [O, I], the sum over tokens.
    def summed_over_tokens(self, a_NO: Tensor, b_NI: Tensor) -> Tensor:
        if self.suits_one_dnn(a_NO, b_NI.size(1), LEAST_SUMMED):
            return self.one_dnn(a_NO.t(), b_NI.t(), None)
        return torch.mm(a_NO.t(), b_NI)

    # a' b, [O, I], if need be as (b' a)'. The transposed matrix is copied first or read across its rows, so it is the
    # narrower one.
    def matmul_tn(self, a_NO: Tensor, b_NI: Tensor) -> Tensor:
        if b_NI.size(1) < a_NO.size(1):
            return torch.contiguous(self.summed_over_tokens(b_NI, a_NO).t())
        return self.summed_over_tokens(a_NO, b_NI)
