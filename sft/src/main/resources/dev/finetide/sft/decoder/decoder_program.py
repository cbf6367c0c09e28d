# TorchScript, read by DecoderProgram.java; TorchSource.java describes the form of such files.
#
# The methods that Java calls. Axes as in decoder.py.
from typing import List, NamedTuple, Tuple

import torch
from torch import Tensor
from torch.jit import annotate
from torch.nn import Module

from attention_layout import Cache, Rows
from decoder import Weights

FLOAT32: int = ...
DTYPE: int = ...  # the type of weights and activations
KINDS: int = ...  # kinds of blocks, each with its rotary frequencies
END_OF_BASE: int = ...  # index of the adapter's first tensor among the parameters
SCALED_BY_MODULE: bool = ...  # whether the adapter's modules differ in their factor
WEIGHT_RATIOS: List[float] = ...  # for each of the adapter's tensors a module's factor over the program's, for A 1
GRADIENT_RATIOS: List[float] = ...  # the same for the tensors that learn
TIED: bool = ...  # whether the head is the embedding table
FULL: bool = ...  # whether the base's weights learn
LAYERS: int = ...
KV_HEADS: int = ...  # G
HEAD_SIZE: int = ...  # K

# Batch.java as Java passes it; libtorch's plain tuples have no names.
ROWS_TUPLE = Tuple[List[int], Tensor, bool, int, List[int]]
BATCH_TUPLE = Tuple[Tensor, Tensor, Tensor, ROWS_TUPLE, Tensor, Tensor]

# DecoderProgram.NewColumns as Java passes it: ids_BT, start_B, cached columns, shared columns.
COLUMNS_TUPLE = Tuple[Tensor, Tensor, int, int]


# Rows of tokens with their targets; the fields are those of Batch.java.
class Batch(NamedTuple):
    ids_N: Tensor
    positions_N: Tensor
    row_length_N: Tensor
    rows: Rows
    picked_L: Tensor
    targets_M: Tensor


class DecoderProgram(Module):
    # Gives a batch's parts their names.
    def name_batch(self, given: BATCH_TUPLE) -> Batch:
        ids_N, positions_N, row_length_N, rows, picked_L, targets_M = given
        lengths, token_BT, packed, shared, first_read = rows
        return Batch(ids_N, positions_N, row_length_N, Rows(lengths, token_BT, packed, shared, first_read), picked_L,
            targets_M)

    # Gives the parameters their names. They are the frequencies of each kind of block, then the base's weights, then
    # the adapter's, which learns in fp32 and computes in DTYPE. Where modules differ in their factor s, each B is
    # multiplied by its own s over the program's, and so is its gradient.
    def name_parameters(self, parameters: List[Tensor]) -> Weights:
        adapter = parameters[END_OF_BASE:]
        if SCALED_BY_MODULE:
            ratios = WEIGHT_RATIOS
            adapter = [adapter[i] * ratios[i] for i in range(len(adapter))]
        return self.name_weights(parameters[KINDS:END_OF_BASE], [weight.to(DTYPE) for weight in adapter])

    # The sum of the picked tokens' losses, then its gradient in every trainable tensor, in the order of the parameters.
    # A warm-up leaves out the blocks before the first.
    def gradients(self, given: BATCH_TUPLE, first_block: int, parameters: List[Tensor]) -> List[Tensor]:
        batch = self.name_batch(given)
        weights = self.name_parameters(parameters)
        tape = annotate(List[Tensor], [])
        gradients = annotate(List[Tensor], [])
        rotary = self.rotary_tables(batch.positions_N, parameters[:KINDS])
        layout = self.row_layout(batch.rows, batch.positions_N, rotary, batch.picked_L)
        x_ND = self.embed(batch.ids_N, weights.embedding_VD, batch.row_length_N)
        h_LD = self.decode(x_ND, weights, layout, first_block, tape)
        nll, dh_LD, dhead_VD = self.token_loss(h_LD, weights.head_VD, batch.targets_M)
        if FULL and not TIED:
            gradients.append(dhead_VD)
        dx_ND = self.decode_backward(dh_LD, weights, layout, first_block, tape, gradients)
        if FULL:
            self.embed_backward(dx_ND, batch.ids_N, gradients)
        if FULL and TIED:
            gradients[-1].add_(dhead_VD)
        gradients.append(nll)
        return self.in_order(gradients)

    # The gradients in the order of the parameters, in fp32, the loss first. They are taken off the list one by one, or
    # all would exist in both types.
    def in_order(self, gradients: List[Tensor]) -> List[Tensor]:
        results = annotate(List[Tensor], [])
        while len(gradients) > 0:
            results.append(gradients.pop().to(FLOAT32))
        if SCALED_BY_MODULE:
            ratios = GRADIENT_RATIOS
            for i in range(len(results) - 1):
                results[i + 1].mul_(ratios[i])
        return results

    # Each target's negative log-likelihood, [M], and whether it is the likeliest token, [M].
    def score(self, given: BATCH_TUPLE, parameters: List[Tensor]) -> Tuple[Tensor, Tensor]:
        batch = self.name_batch(given)
        weights = self.name_parameters(parameters)
        rotary = self.rotary_tables(batch.positions_N, parameters[:KINDS])
        layout = self.row_layout(batch.rows, batch.positions_N, rotary, batch.picked_L)
        h_LD = self.decode(self.embed(batch.ids_N, weights.embedding_VD, None), weights, layout, 0, None)
        return self.token_scores(h_LD, weights.head_VD, batch.targets_M)

    # The logits of all tokens, [N, V], without padding.
    def logits(self, given: BATCH_TUPLE, parameters: List[Tensor]) -> Tensor:
        batch = self.name_batch(given)
        weights = self.name_parameters(parameters)
        rotary = self.rotary_tables(batch.positions_N, parameters[:KINDS])
        layout = self.row_layout(batch.rows, batch.positions_N, rotary, None)
        h_ND = self.decode(self.embed(batch.ids_N, weights.embedding_VD, None), weights, layout, 0, None)
        return self.matmul_nt(h_ND[:sum(batch.rows.lengths)], weights.head_VD, None).to(FLOAT32)

    # The logits of the token after the last column, [B, V]. cache: keys and values of each block, which take those of
    # the T new columns. After the shared columns, row b goes on start_B[b] columns further: what lies between is
    # padding.
    def next_logits(self, given: COLUMNS_TUPLE, cache: List[Tensor], parameters: List[Tensor]) -> Tensor:
        ids_BT, start_B, cached_columns, shared = given
        weights = self.name_parameters(parameters)
        column_T = torch.arange(cached_columns, cached_columns + ids_BT.size(1), device=ids_BT.device)
        positions_BT = torch.clamp(column_T - start_B.unsqueeze(1), min=0).to(FLOAT32)
        rotary = self.rotary_tables(positions_BT.flatten(), parameters[:KINDS])
        token_BT = torch.arange(ids_BT.numel(), device=ids_BT.device).view(ids_BT.size())
        caches = [Cache(cache[2 * i], cache[2 * i + 1], cached_columns) for i in range(LAYERS)]
        layout = self.cached_layout(token_BT, start_B, shared, caches, rotary)
        h_BD = self.decode(self.embed(ids_BT.flatten(), weights.embedding_VD, None), weights, layout, 0, None)
        return self.matmul_nt(h_BD, weights.head_VD, None).to(FLOAT32)

    # The likeliest token after the last column, [B].
    def next_tokens(self, given: COLUMNS_TUPLE, cache: List[Tensor], parameters: List[Tensor]) -> Tensor:
        return torch.argmax(self.next_logits(given, cache, parameters), -1)

    # Zeros for the keys and values of each block, [B, G, S, K], on the device of another tensor.
    def new_cache(self, rows: int, columns: int, like: Tensor) -> List[Tensor]:
        shape = [rows, KV_HEADS, columns, HEAD_SIZE]
        return [torch.zeros(shape, dtype=DTYPE, device=like.device) for _ in range(2 * LAYERS)]
