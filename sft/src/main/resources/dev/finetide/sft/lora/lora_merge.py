# TorchScript, read by LoraMerge.java; TorchSource.java describes the form of such files.
import torch
from torch import Tensor
from torch.nn import Module


class LoraMerge(Module):
    # W + s B A, in place, [O, I]. scale: s.
    def merge_lora(self, weight_OI: Tensor, a_RI: Tensor, b_OR: Tensor, scale: float) -> Tensor:
        return weight_OI.addmm_(b_OR, a_RI, beta=1, alpha=scale)

    # m / |W + s B A| times W + s B A, row by row, in place, [O, I].
    def merge_dora(self, weight_OI: Tensor, a_RI: Tensor, b_OR: Tensor, scale: float, magnitude_O: Tensor) -> Tensor:
        self.merge_lora(weight_OI, a_RI, b_OR, scale)
        norm_O1 = torch.linalg_vector_norm(weight_OI, 2, [1], True)
        return weight_OI.mul_(magnitude_O.unsqueeze(1) / norm_O1)
