# TorchScript, read by GemmPeak.java; TorchSource.java describes the form of such files.
import torch
from torch import Tensor
from torch.nn import Module

ONE_DNN: bool = ...  # whether oneDNN multiplies, or what libtorch uses by itself


class GemmPeak(Module):
    # a a' by oneDNN, or a a, [N, N], so many times.
    def products(self, a_NN: Tensor, count: int) -> Tensor:
        product_NN = self.product(a_NN)
        for _ in range(count - 1):
            product_NN = self.product(a_NN)
        return product_NN

    def product(self, a_NN: Tensor) -> Tensor:
        if ONE_DNN:
            return self.one_dnn(a_NN, a_NN, None)
        return torch.mm(a_NN, a_NN)
