# TorchScript, read by Decoder.java; TorchSource.java describes the form of such files.
#
# Rotary positions (RoFormer, Su et al. 2021), channel i of a head paired with channel i + K/2. Axes as in decoder.py.
from typing import List, NamedTuple

import torch
from torch import Tensor
from torch.jit import annotate
from torch.nn import Module

DTYPE: int = ...  # the type of weights and activations
HEADS: int = ...  # H
HALF_HEAD: int = ...  # K/2
AMPLITUDES: List[float] = ...  # for each kind of block the factor on cosines and sines, with YaRN above 1


# Cosines and sines of the angles of N tokens, the same for each head. Sines of the first half of the channels are
# negative. All heads are written out, because operators that broadcast K numbers at a time take five times as long
# where K is small.
class Rotary(NamedTuple):
    cos_NHK: Tensor
    sin_NHK: Tensor


class RotaryPositions(Module):
    # The tables for each kind of block. frequencies: for each kind radians per position, [K/2]; zeros for a kind
    # without rotary positions, whose angles are then 0.
    def rotary_tables(self, positions_N: Tensor, frequencies: List[Tensor]) -> List[Rotary]:
        tables = annotate(List[Rotary], [])
        for kind in range(len(frequencies)):
            amplitude = AMPLITUDES[kind]
            angles_N1K = (positions_N.unsqueeze(1) * frequencies[kind]).unsqueeze(1)
            sines = torch.sin(angles_N1K)
            cosines = torch.cos(angles_N1K)
            if amplitude != 1.0:
                sines.mul_(amplitude)
                cosines.mul_(amplitude)
            tables.append(Rotary(
                cosines.repeat([1, HEADS, 2]).to(DTYPE),
                torch.cat([-sines, sines], -1).repeat([1, HEADS, 1]).to(DTYPE)))
        return tables

    # Rotates queries or keys in place: (x, y) -> (x cos - y sin, y cos + x sin) with direction 1. A rotation's
    # transpose turns back, so its backward is the same with direction -1. Keys have fewer heads and take as many of
    # the table.
    def rotate_(self, x_NHK: Tensor, rotary: Rotary, direction: int) -> Tensor:
        cos_NHK = torch.slice(rotary.cos_NHK, 1, 0, x_NHK.size(1))
        sin_NHK = torch.slice(rotary.sin_NHK, 1, 0, x_NHK.size(1))
        rolled_NHK = torch.roll(x_NHK, [HALF_HEAD], [-1])
        return x_NHK.mul_(cos_NHK).addcmul_(rolled_NHK, sin_NHK, value=direction)
