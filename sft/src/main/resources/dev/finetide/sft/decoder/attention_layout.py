# TorchScript, read by AttentionLayout.java; TorchSource.java describes the form of such files.
#
# The rows of a batch as attention needs them: where each token stands, which queries meet which keys, and what is
# hidden from whom. Axes as in decoder.py.
from math import inf
from typing import List, NamedTuple, Optional

import torch
from torch import Tensor
from torch.jit import annotate
from torch.nn import Module

from rotary import Rotary

DTYPE: int = ...  # the type of weights and activations
KV_HEADS: int = ...  # G
GROUP: int = ...  # X, the query heads that share a key head
LAYERS: int = ...
KIND_OF_BLOCK: List[int] = ...  # for each block the number of its kind
WINDOWS: List[int] = ...  # for each kind of block the tokens that a token sees, itself included; 0 for all before it
QUERY_BLOCK: int = ...  # most columns of a span
SHARED_TILE: int = ...  # a span ends at a multiple of this where rows begin to differ
COLUMN_TILE: int = ...  # the first key of a span is a multiple of this


# The rows of attention.
class Rows(NamedTuple):
    lengths: List[int]  # B lengths in tokens, longest first
    token_BT: Tensor  # int64, which of the N tokens stands in each column; where none does, a token that is padding
    packed: bool  # whether the only row is several sequences, told apart by their positions
    shared: int  # tokens that all rows begin with; they are among the N tokens once
    first_read: List[int]  # for each row the first column that is read after the last block


# Where the heads of tokens stand in attention's matrices, [P, T, K].
class Places(NamedTuple):
    head_PT: Tensor  # int64, which of the N G heads stands in each row and column
    slot_NG: Tensor  # int64, flat, in which of the P T places each head is found


# A block of queries: the columns and the rows that attend together.
class Span(NamedTuple):
    begin: int
    end: int
    first_row: int
    end_row: int


# Keys and values of earlier steps. Each slot, which is the place of a row, has S cells for each of the G heads; one more
# cell at the end takes what is not kept. What all rows begin with is there once.
class Cache(NamedTuple):
    keys_CK: Tensor
    values_CK: Tensor
    beginning_keys_GPK: Tensor
    beginning_values_GPK: Tensor


# What a step of generation does with the cache.
class Slots(NamedTuple):
    cell_NG: Tensor  # int64, flat, which cell each head of each token is kept in
    count: int  # rows that go on, U of them: the first tokens are their newest ones
    columns: int  # S
    seen: int  # columns that the rows have, from the first on
    beginning_masks: List[Tensor]  # for each kind of block, [1, U X, P], or [1, 1, P] where all rows see the same
    masks: List[Tensor]  # for each kind of block, [U G, X, seen columns]


# What all blocks need to know of a batch's rows.
class Layout(NamedTuple):
    places: Places
    shared: int
    spans: List[Span]  # of all blocks but the last
    last_spans: List[Span]  # of the last block, whose queries are only those that are read after it
    masks: List[List[Tensor]]  # for each kind of block one mask a span
    rotary: List[Rotary]  # for each kind of block
    picked_L: Optional[Tensor]  # int64, the tokens that are read after the last block; None for all
    before: int  # columns of the cache that all rows begin with, P
    caches: List[Cache]  # one a block; empty without a cache
    slots: Optional[Slots]  # with a cache


# What one block needs to know of them.
class BlockLayout(NamedTuple):
    places: Places
    shared: int
    spans: List[Span]
    masks: List[Tensor]
    rotary: Rotary
    picked_L: Optional[Tensor]
    before: int
    kind: int
    cache: Optional[Cache]
    slots: Optional[Slots]


class AttentionLayout(Module):
    # The part of a layout that belongs to a block.
    def block_layout(self, layout: Layout, block: int) -> BlockLayout:
        kind = KIND_OF_BLOCK[block]
        last = block == LAYERS - 1
        cache = annotate(Optional[Cache], None)
        if len(layout.caches) > 0:
            cache = layout.caches[block]
        return BlockLayout(layout.places, layout.shared, layout.last_spans if last else layout.spans,
            layout.masks[kind], layout.rotary[kind], layout.picked_L if last else None, layout.before, kind, cache,
            layout.slots)

    # The layout of N tokens in rows. Without picked tokens all are read after the last block.
    def row_layout(self, rows: Rows, positions_N: Tensor, rotary: List[Rotary], picked_L: Optional[Tensor]) -> Layout:
        first_read = rows.first_read
        from_start = [0] * len(rows.lengths)
        if picked_L is None:
            first_read = from_start
        spans = self.query_spans(rows, from_start)
        return Layout(self.places(rows, positions_N.size(0)), rows.shared, spans, self.query_spans(rows, first_read),
            self.row_masks(rows, positions_N, spans, 0), rotary, picked_L, 0, annotate(List[Cache], []),
            annotate(Optional[Slots], None))

    # The places of n tokens. A token that is in no row is padding: it goes to the last place of all. A token that all
    # rows begin with stands in each of them; what comes out for it is taken from the first row.
    def places(self, rows: Rows, n: int) -> Places:
        token_BT = rows.token_BT
        t = token_BT.size(1)
        slots = torch.arange(token_BT.numel(), device=token_BT.device)
        slot_N = torch.full([n], token_BT.numel() - 1, dtype=slots.dtype, device=token_BT.device)
        slot_N.scatter_(0, token_BT.flatten(), slots)
        slot_N[:rows.shared].copy_(slots[:rows.shared])
        head_G1 = torch.arange(KV_HEADS, device=token_BT.device).unsqueeze(1)
        token_BGT = token_BT.unsqueeze(1) * KV_HEADS + head_G1
        slot_GN = (torch.floor_divide(slot_N, t) * KV_HEADS + head_G1) * t + torch.remainder(slot_N, t)
        return Places(token_BGT.flatten(0, 1), slot_GN.t().flatten())

    # The spans of queries, from the first column to the last. The rows of a span are those that are long enough, less
    # the longest ones that are not read before the span's end. What all rows begin with is computed in the first row.
    def query_spans(self, rows: Rows, first_read: List[int]) -> List[Span]:
        spans = annotate(List[Span], [])
        t = rows.token_BT.size(1)
        begin = 0
        # MKL is slow with odd numbers of columns, and oneDNN compiles a kernel for each number.
        shared = rows.shared // SHARED_TILE * SHARED_TILE
        while begin < t:
            end = min(begin + QUERY_BLOCK, shared if begin < shared else t)
            end_row = 0
            while end_row < len(rows.lengths) and rows.lengths[end_row] > begin:
                end_row += 1
            if end <= shared:
                end_row = 1
            first_row = 0
            while first_row < end_row and first_read[first_row] >= end:
                first_row += 1
            spans.append(Span(begin, end, first_row, end_row))
            begin = end
        return spans

    # The masks of rows, for each kind of block. A token sees the tokens of its own sequence up to itself, in a block
    # with a window only the last of them; so it never sees padding, which stands on the right. before: columns of keys
    # before the rows' own, which all rows begin with.
    def row_masks(self, rows: Rows, positions_N: Tensor, spans: List[Span], before: int) -> List[List[Tensor]]:
        t = rows.token_BT.size(1)
        column_T = torch.arange(t, device=positions_N.device)
        masks = annotate(List[List[Tensor]], [])
        for window in WINDOWS:
            first_T = column_T[:0]
            if rows.packed:
                first_T = column_T - torch.index_select(positions_N, 0, rows.token_BT[0])
            if window > 0 and window < before + t:
                in_window_T = torch.clamp(column_T + (before - window + 1), min=0)
                first_T = torch.maximum(first_T, in_window_T) if rows.packed else in_window_T
            masks.append(self.span_masks(spans, first_T, before))
        return masks

    # The mask of each span, [1, Q, S]. Its S keys are those from the first that a query of the span sees to the span's
    # end. A query does not see keys that come later, or that come before its entry in first_T. first_T never falls; it
    # is empty where every query sees all keys from 0 on.
    def span_masks(self, spans: List[Span], first_T: Tensor, before: int) -> List[Tensor]:
        masks = annotate(List[Tensor], [])
        for span in spans:
            first = int(first_T[span.begin]) // COLUMN_TILE * COLUMN_TILE if first_T.numel() > 0 else 0
            column_S = torch.arange(first, before + span.end, device=first_T.device)
            query_T1 = torch.arange(before + span.begin, before + span.end, device=first_T.device).unsqueeze(1)
            hidden_TS = torch.gt(column_S, query_T1)
            if first_T.numel() > 0:
                hidden_TS = torch.logical_or(hidden_TS, torch.lt(column_S, first_T[span.begin:span.end].unsqueeze(1)))
            masks.append(self.scores_mask(hidden_TS.unsqueeze(0)))
        return masks

    # What is added to the scores, minus infinity where a key is hidden: [P, Q, S], or [1, Q, S] where all rows hide
    # the same keys.
    def scores_mask(self, hidden_BTS: Tensor) -> Tensor:
        mask_BQS = self.additive_mask(hidden_BTS).repeat_interleave(GROUP, 1)
        return mask_BQS.repeat_interleave(KV_HEADS, 0) if mask_BQS.size(0) > 1 else mask_BQS

    # Minus infinity where something is hidden, else 0.
    def additive_mask(self, hidden: Tensor) -> Tensor:
        return torch.zeros(hidden.size(), dtype=DTYPE, device=hidden.device).masked_fill_(hidden, -inf)

    # The layout of a step of generation. The first tokens are the newest of the rows that go on; then come the tokens of
    # rows that are read, of which there may be none; then padding.
    def step_layout(self, rows: Rows, positions_N: Tensor, rotary: List[Rotary], picked_L: Tensor, slots: Slots,
            before: int, caches: List[Cache]) -> Layout:
        spans = annotate(List[Span], [])
        last_spans = annotate(List[Span], [])
        if len(rows.lengths) > 0:
            spans = self.query_spans(rows, [0] * len(rows.lengths))
            last_spans = self.query_spans(rows, rows.first_read)
        return Layout(self.places(rows, positions_N.size(0)), 0, spans, last_spans,
            self.row_masks(rows, positions_N, spans, before), rotary, picked_L, before, caches, slots)

    # The slots of a step. cell_N: the cell of each token's first head, -1 for a token that is not kept. length_U: own
    # tokens of each row that goes on, with the newest.
    def step_slots(self, cell_N: Tensor, length_U: Tensor, columns: int, seen: int, before: int, kept_cells: int
            ) -> Slots:
        head_G = torch.arange(KV_HEADS, device=cell_N.device) * columns
        cell_N1 = cell_N.unsqueeze(1)
        cell_NG = torch.where(torch.lt(cell_N1, 0), torch.full_like(cell_N1, kept_cells), cell_N1 + head_G)
        length_U11 = length_U.view([-1, 1, 1])
        column_S = torch.arange(seen, device=cell_N.device)
        column_P = torch.arange(before, device=cell_N.device)
        beginning_masks = annotate(List[Tensor], [])
        masks = annotate(List[Tensor], [])
        for window in WINDOWS:
            hidden_U1S = torch.ge(column_S, length_U11)
            hidden_1RP = torch.zeros([1, 1, before], dtype=hidden_U1S.dtype, device=cell_N.device)
            if window > 0 and window < before + seen:
                first_U11 = length_U11 - window
                hidden_U1S = torch.logical_or(hidden_U1S, torch.lt(column_S, first_U11))
                hidden_1UP = torch.lt(column_P, first_U11 + before).flatten(0, 1).unsqueeze(0)
                hidden_1RP = hidden_1UP.repeat_interleave(GROUP, 1)
            beginning_masks.append(self.additive_mask(hidden_1RP))
            masks.append(self.scores_mask(hidden_U1S))
        return Slots(cell_NG.flatten(), length_U.size(0), columns, seen, beginning_masks, masks)
