# TorchScript, read by LoraLinear.java; TorchSource.java describes the form of such files.
#
# Linear layers, plain and adapted, forward and backward. Axes as in decoder.py; I inputs, O outputs, R rank.
#
# Plain: y = x W' + bias; dx = dy W, dW = dy' x, dbias = sum of dy over tokens.
#
# LoRA (Hu et al. 2021): y = x W' + s (x A') B' + bias, where x may be dropped out before A;
# dB = s dy' (x A'), dA = s (dy B)' x, dx = dy W + s dy B A.
#
# DoRA (Liu et al. 2024): y = c z + bias with z = x W' + s (x A') B' and c = m / |W + s B A|, the norm of each
# output's weights, which counts as a constant (section 4.3 of the paper). dm = sum of dy z over tokens / norm, and
# the rest as in LoRA with c dy for dy. z is computed from x after dropout, and y gets (x - dropped) W', as PEFT does
# it.
#
# W and bias learn in full fine-tuning; otherwise A, B and m learn.
from typing import List, NamedTuple, Optional

import torch
from torch import Tensor
from torch.jit import annotate
from torch.nn import Module

FULL: bool = ...  # whether W and bias learn
NF4: bool = ...  # whether W is held in 4 bits (nf4.py)
DORA: bool = ...  # whether the adapter has magnitudes
BIASED: List[str] = ...  # the layers of a block that have a bias
ADAPTED: List[str] = ...  # the layers of a block that have an adapter in at least one block
DROPOUT: float = ...  # probability that an element of the adapter's input is zeroed; 0 unless gradients are computed
LORA_SCALE: float = ...  # s


class Adapter(NamedTuple):
    a_RI: Tensor
    b_OR: Tensor
    magnitude_O: Optional[Tensor]  # with DoRA


class Linear(NamedTuple):
    weight_OI: Tensor  # in NF4 its codes
    scales: List[Tensor]  # in NF4 the codes and the tables of its scales
    bias_O: Optional[Tensor]
    adapter: Optional[Adapter]  # of rank 0 where a block has none but another block has


class LoraLinear(Module):
    # Takes a layer off the front of the lists. name: its name in a Hugging Face model.
    def take_linear(self, name: str, weights: List[Tensor], adapter: List[Tensor]) -> Linear:
        weight_OI = weights.pop(0)
        scales = annotate(List[Tensor], [])
        if NF4:
            scales = [weights.pop(0), weights.pop(0)]
        bias_O = weights.pop(0) if name in BIASED else None
        taken = annotate(Optional[Adapter], None)
        if name in ADAPTED:
            taken = Adapter(adapter.pop(0), adapter.pop(0), adapter.pop(0) if DORA else None)
        return Linear(weight_OI, scales, bias_O, taken)

    # W, [O, I].
    def weight_of(self, layer: Linear) -> Tensor:
        if NF4:
            return self.nf4(layer.weight_OI, layer.scales[0], layer.scales[1])
        return layer.weight_OI

    # y, [N, O], a new tensor.
    def linear(self, x_NI: Tensor, layer: Linear, tape: List[Tensor]) -> Tensor:
        adapter = layer.adapter
        if adapter is not None:
            if adapter.a_RI.size(0) > 0:
                if DORA:
                    return self.dora_linear(x_NI, layer, adapter, tape)
                return self.lora_linear(x_NI, layer, adapter, tape)
        return self.plain_linear(x_NI, layer, tape)

    # dx, [N, I], a new tensor.
    def linear_backward(self, dy_NO: Tensor, layer: Linear, tape: List[Tensor], gradients: List[Tensor]) -> Tensor:
        adapter = layer.adapter
        if adapter is not None:
            if adapter.a_RI.size(0) > 0:
                if DORA:
                    return self.dora_linear_backward(dy_NO, layer, adapter, tape, gradients)
                return self.lora_linear_backward(dy_NO, layer, adapter, tape, gradients)
        return self.plain_linear_backward(dy_NO, layer, tape, gradients)

    # y = x W' + bias.
    def plain_linear(self, x_NI: Tensor, layer: Linear, tape: List[Tensor]) -> Tensor:
        if FULL:
            tape.append(x_NI)
        return self.matmul_nt(x_NI, self.weight_of(layer), layer.bias_O)

    # dW = dy' x, dbias = sum of dy over tokens, dx = dy W.
    def plain_linear_backward(self, dy_NO: Tensor, layer: Linear, tape: List[Tensor], gradients: List[Tensor]
            ) -> Tensor:
        if FULL:
            x_NI = tape.pop()
            if layer.bias_O is not None:
                gradients.append(torch.sum(dy_NO, [0]))
            gradients.append(self.matmul_tn(dy_NO, x_NI))
        return self.matmul_nn(dy_NO, self.weight_of(layer))

    # x as the adapter gets it: while learning with dropout, some elements zeroed and the others made larger.
    def drop_out(self, x_NI: Tensor, tape: List[Tensor]) -> Tensor:
        if DROPOUT > 0.0:
            dropped_NI, kept_NI = torch.native_dropout(x_NI, DROPOUT, True)
            tape.append(kept_NI)
            return dropped_NI
        return x_NI

    # y = x W' + bias + s (x A') B'.
    def lora_linear(self, x_NI: Tensor, layer: Linear, adapter: Adapter, tape: List[Tensor]) -> Tensor:
        dropped_NI = self.drop_out(x_NI, tape)
        low_NR = self.matmul_nt(dropped_NI, adapter.a_RI, None)
        tape.append(dropped_NI)
        tape.append(low_NR)
        y_NO = self.matmul_nt(x_NI, self.weight_of(layer), layer.bias_O)
        y_NO.addmm_(low_NR, adapter.b_OR.t(), beta=1, alpha=LORA_SCALE)
        return y_NO

    # With dlow = s dy B: dB = s dy' (x A'), dA = dlow' x, dx = dy W + dlow A.
    def lora_linear_backward(self, dy_NO: Tensor, layer: Linear, adapter: Adapter, tape: List[Tensor],
            gradients: List[Tensor]) -> Tensor:
        low_NR = tape.pop()
        dropped_NI = tape.pop()
        dlow_NR = self.matmul_nn(dy_NO, adapter.b_OR) * LORA_SCALE
        gradients.append(self.matmul_tn(dy_NO, low_NR) * LORA_SCALE)
        gradients.append(self.matmul_tn(dlow_NR, dropped_NI))
        dx_NI = self.matmul_nn(dy_NO, self.weight_of(layer))
        if DROPOUT > 0.0:
            ddropped_NI = torch.mm(dlow_NR, adapter.a_RI)
            dx_NI.add_(torch.native_dropout_backward(ddropped_NI, tape.pop(), 1.0 / (1.0 - DROPOUT)))
        else:
            dx_NI.addmm_(dlow_NR, adapter.a_RI)
        return dx_NI

    # y = c z + bias, and with dropout (x - dropped) W'.
    def dora_linear(self, x_NI: Tensor, layer: Linear, adapter: Adapter, tape: List[Tensor]) -> Tensor:
        weight_OI = self.weight_of(layer)
        dropped_NI = self.drop_out(x_NI, tape)
        adapted_OI = torch.addmm(weight_OI, adapter.b_OR, adapter.a_RI, beta=1, alpha=LORA_SCALE)
        norm_O = torch.linalg_vector_norm(adapted_OI, 2, [1])
        low_NR = self.matmul_nt(dropped_NI, adapter.a_RI, None)
        z_NO = self.matmul_nt(dropped_NI, weight_OI, None)
        z_NO.addmm_(low_NR, adapter.b_OR.t(), beta=1, alpha=LORA_SCALE)
        tape.append(dropped_NI)
        tape.append(low_NR)
        tape.append(z_NO)
        tape.append(norm_O)
        y_NO = z_NO * (self.magnitude_of(adapter) / norm_O)
        if DROPOUT > 0.0:
            y_NO.add_(self.matmul_nt(x_NI - dropped_NI, weight_OI, None))
        bias_O = layer.bias_O
        if bias_O is not None:
            y_NO.add_(bias_O)
        return y_NO

    # With dz = c dy and dlow = s dz B: dm = sum of dy z over tokens / norm, dB = s dz' (x A'), dA = dlow' x,
    # dx = dz W + dlow A; with dropout, the backward of dropout is applied to what that is beyond dy W.
    def dora_linear_backward(self, dy_NO: Tensor, layer: Linear, adapter: Adapter, tape: List[Tensor],
            gradients: List[Tensor]) -> Tensor:
        weight_OI = self.weight_of(layer)
        norm_O = tape.pop()
        z_NO = tape.pop()
        low_NR = tape.pop()
        dropped_NI = tape.pop()
        gradients.append(torch.sum(dy_NO * z_NO, [0]) / norm_O)
        dz_NO = dy_NO * (self.magnitude_of(adapter) / norm_O)
        dlow_NR = self.matmul_nn(dz_NO, adapter.b_OR) * LORA_SCALE
        gradients.append(self.matmul_tn(dz_NO, low_NR) * LORA_SCALE)
        gradients.append(self.matmul_tn(dlow_NR, dropped_NI))
        ddropped_NI = self.matmul_nn(dz_NO, weight_OI).addmm_(dlow_NR, adapter.a_RI)
        if DROPOUT > 0.0:
            dx_NI = self.matmul_nn(dy_NO, weight_OI)
            kept_NI = tape.pop()
            return dx_NI + torch.native_dropout_backward(ddropped_NI - dx_NI, kept_NI, 1.0 / (1.0 - DROPOUT))
        return ddropped_NI

    # m, [O].
    def magnitude_of(self, adapter: Adapter) -> Tensor:
        magnitude_O = adapter.magnitude_O
        assert magnitude_O is not None
        return magnitude_O
