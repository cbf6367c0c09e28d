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

# GenerationStep.java as Java passes it.
STEP_TUPLE = Tuple[Tensor, Tensor, Tensor, Tensor, ROWS_TUPLE, Tensor, Tensor, int, int, int]


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

    # The residual stream of a step's picked tokens, [L, D]. cache: keys and values of each block, which take those of the
    # step. beginning: those of what all rows begin with, [G, P, K], an empty list for nothing.
    def step(self, given: STEP_TUPLE, cache: List[Tensor], beginning: List[Tensor], weights: Weights,
            frequencies: List[Tensor]) -> Tensor:
        ids_N, positions_N, cell_N, length_U, rows, picked_L, targets_M, next_tokens, columns, seen = given
        lengths, token_BT, packed, shared, first_read = rows
        before = beginning[0].size(1) if len(beginning) > 0 else 0
        nothing = cache[0][:0].view([KV_HEADS, 0, HEAD_SIZE])
        caches = annotate(List[Cache], [])
        for i in range(LAYERS):
            keys_GPK = beginning[2 * i] if before > 0 else nothing
            values_GPK = beginning[2 * i + 1] if before > 0 else nothing
            caches.append(Cache(cache[2 * i], cache[2 * i + 1], keys_GPK, values_GPK))
        slots = self.step_slots(cell_N, length_U, columns, seen, before, cache[0].size(0) - 1)
        rotary = self.rotary_tables(positions_N.to(FLOAT32), frequencies)
        layout = self.step_layout(Rows(lengths, token_BT, packed, shared, first_read), positions_N, rotary, picked_L,
            slots, before, caches)
        return self.decode(self.embed(ids_N, weights.embedding_VD, None), weights, layout, 0, None)

    # The logits of the tokens that follow, [A, V], then each target's negative log-likelihood, [M], and whether it is
    # the likeliest token, [M]. The picked tokens are the A that others are to follow, then those of the targets.
    def step_logits(self, given: STEP_TUPLE, cache: List[Tensor], beginning: List[Tensor], parameters: List[Tensor]
            ) -> Tuple[Tensor, Tensor, Tensor]:
        weights = self.name_parameters(parameters)
        ids_N, positions_N, cell_N, length_U, rows, picked_L, targets_M, next_tokens, columns, seen = given
        h_LD = self.step(given, cache, beginning, weights, parameters[:KINDS])
        logits_AV = self.matmul_nt(h_LD[:next_tokens], weights.head_VD, None).to(FLOAT32)
        nll_M, hits_M = self.token_scores(h_LD[next_tokens:], weights.head_VD, targets_M)
        return (logits_AV, nll_M, hits_M)

    # The likeliest tokens that follow, [A], and the same scores.
    def step_tokens(self, given: STEP_TUPLE, cache: List[Tensor], beginning: List[Tensor], parameters: List[Tensor]
            ) -> Tuple[Tensor, Tensor, Tensor]:
        logits_AV, nll_M, hits_M = self.step_logits(given, cache, beginning, parameters)
        return (torch.argmax(logits_AV, -1), nll_M, hits_M)

    # Zeros for keys and values of each block, [cells, K], on the device of another tensor.
    def new_cache(self, slots: int, columns: int, like: Tensor) -> List[Tensor]:
        shape = [slots * KV_HEADS * columns + 1, HEAD_SIZE]
        return [torch.zeros(shape, dtype=DTYPE, device=like.device) for _ in range(2 * LAYERS)]

    # Copies the keys and values of a cache's only slot, after those that its rows begin with, [G, P + S, K].
    def only_slot(self, cache: List[Tensor], beginning: List[Tensor]) -> List[Tensor]:
        copies = annotate(List[Tensor], [])
        for i in range(len(cache)):
            cells_GSK = cache[i][:-1].view([KV_HEADS, -1, HEAD_SIZE])
            if len(beginning) > 0:
                copies.append(torch.cat([beginning[i], cells_GSK], 1))
            else:
                copies.append(torch.clone(cells_GSK))
        return copies

    # Copies slots of a cache into slots of another or the same one, as many columns as both have. Returns their numbers.
    def copy_slots(self, source: List[Tensor], source_columns: int, slot_A: Tensor, target: List[Tensor],
            target_columns: int, target_A: Tensor) -> Tensor:
        columns = min(source_columns, target_columns)
        for i in range(len(source)):
            source_UGSK = source[i][:-1].view([-1, KV_HEADS, source_columns, HEAD_SIZE])
            target_UGSK = target[i][:-1].view([-1, KV_HEADS, target_columns, HEAD_SIZE])
            kept_AGSK = torch.index_select(torch.slice(source_UGSK, 2, 0, columns), 0, slot_A)
            torch.slice(target_UGSK, 2, 0, columns).index_copy_(0, target_A, kept_AGSK)
        return target_A
