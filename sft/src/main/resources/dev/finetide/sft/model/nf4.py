# TorchScript, read by Nf4.java, which describes the layout; TorchSource.java describes the form of such files.
import torch
from torch import Tensor
from torch.nn import Module

INT32: int = ...
DTYPE: int = ...  # the type of the result
BLOCK: int = ...  # elements with one scale
SCALE_BLOCK: int = ...  # scales with one scale
SCALES: int = ...  # where in the tables the scales' values begin
MEAN: int = ...  # where in the tables the scales' mean is
NESTED: int = ...  # where in the tables the scales of the scales begin


class Nf4(Module):
    # The matrix that is held in 4 bits, [O, I]. codes: [O, I/2], bytes; scale_codes: [O I / BLOCK], bytes; tables:
    # fp32.
    def nf4(self, codes: Tensor, scale_codes: Tensor, tables: Tensor) -> Tensor:
        scales = torch.index_select(tables[SCALES:MEAN], 0, scale_codes.to(INT32))
        nested = tables[NESTED:].repeat_interleave(SCALE_BLOCK, 0)[:scale_codes.size(0)]
        pairs = torch.index_select(tables[:SCALES].view([256, 2]), 0, codes.to(INT32).flatten())
        weight = pairs.view([-1, BLOCK]) * torch.addcmul(tables[MEAN], scales, nested).unsqueeze(1)
        return weight.view([codes.size(0), -1]).to(DTYPE)
