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


# Keys and values of the columns that are done, and room for more.
class Cache(NamedTuple):
    keys_BGSK: Tensor
    values_BGSK: Tensor
    columns: int  # how many are done


# What all blocks need to know of a batch's rows.
class Layout(NamedTuple):
    places: Places
    shared: int
    spans: List[Span]  # of all blocks but the last; empty with a cache
    last_spans: List[Span]  # of the last block, whose queries are only those that are read after it
    masks: List[List[Tensor]]  # for each kind of block one mask a span; with a cache one for all
    rotary: List[Rotary]  # for each kind of block
    picked_L: Optional[Tensor]  # int64, the tokens that are read after the last block; None for all
    caches: List[Cache]  # one a block; empty without a cache


# What one block needs to know of them.
class BlockLayout(NamedTuple):
    places: Places
    shared: int
    spans: List[Span]
    masks: List[Tensor]
    rotary: Rotary
    picked_L: Optional[Tensor]
    cache: Optional[Cache]


class AttentionLayout(Module):
    # The part of a layout that belongs to a block.
    def block_layout(self, layout: Layout, block: int) -> BlockLayout:
        kind = KIND_OF_BLOCK[block]
        last = block == LAYERS - 1
        cache = annotate(Optional[Cache], None)
        if len(layout.caches) > 0:
            cache = layout.caches[block]
        return BlockLayout(layout.places, layout.shared, layout.last_spans if last else layout.spans,
            layout.masks[kind], layout.rotary[kind], layout.picked_L if last else None, cache)

    # The layout of N tokens in rows. Without picked tokens all are read after the last block.
    def row_layout(self, rows: Rows, positions_N: Tensor, rotary: List[Rotary], picked_L: Optional[Tensor]) -> Layout:
        first_read = rows.first_read
        from_start = [0] * len(rows.lengths)
        if picked_L is None:
            first_read = from_start
        spans = self.query_spans(rows, from_start)
        return Layout(self.places(rows, positions_N.size(0)), rows.shared, spans, self.query_spans(rows, first_read),
            self.row_masks(rows, positions_N, spans), rotary, picked_L, annotate(List[Cache], []))

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
    # with a window only the last of them; so it never sees padding, which stands on the right.
    def row_masks(self, rows: Rows, positions_N: Tensor, spans: List[Span]) -> List[List[Tensor]]:
        t = rows.token_BT.size(1)
        column_T = torch.arange(t, device=positions_N.device)
        masks = annotate(List[List[Tensor]], [])
        for window in WINDOWS:
            first_T = column_T[:0]
            if rows.packed:
                first_T = column_T - torch.index_select(positions_N, 0, rows.token_BT[0])
            if window > 0 and window < t:
                in_window_T = torch.clamp(column_T - (window - 1), min=0)
                first_T = torch.maximum(first_T, in_window_T) if rows.packed else in_window_T
            masks.append(self.span_masks(spans, first_T))
        return masks

    # The mask of each span, [1, Q, S]. Its S keys are those from the first that a query of the span sees to the span's
    # end. A query does not see keys that come later, or that come before its entry in first_T. first_T never falls; it
    # is empty where every query sees all keys from 0 on.
    def span_masks(self, spans: List[Span], first_T: Tensor) -> List[Tensor]:
        masks = annotate(List[Tensor], [])
        for span in spans:
            first = int(first_T[span.begin]) // COLUMN_TILE * COLUMN_TILE if first_T.numel() > 0 else 0
            column_S = torch.arange(first, span.end, device=first_T.device)
            query_T1 = torch.arange(span.begin, span.end, device=first_T.device).unsqueeze(1)
            hidden_TS = torch.gt(column_S, query_T1)
            if first_T.numel() > 0:
                hidden_TS = torch.logical_or(hidden_TS, torch.lt(column_S, first_T[span.begin:span.end].unsqueeze(1)))
            masks.append(self.scores_mask(hidden_TS.unsqueeze(0)))
        return masks

    # What is added to the scores, minus infinity where a key is hidden: [P, Q, S], or [1, Q, S] where all rows hide
    # the same keys.
    def scores_mask(self, hidden_BTS: Tensor) -> Tensor:
        mask_BTS = torch.zeros(hidden_BTS.size(), dtype=DTYPE, device=hidden_BTS.device)
        mask_BQS = mask_BTS.masked_fill_(hidden_BTS, -inf).repeat_interleave(GROUP, 1)
        return mask_BQS.repeat_interleave(KV_HEADS, 0) if mask_BQS.size(0) > 1 else mask_BQS

    # The layout of t new columns in each of B rows, after those that the caches hold. start_B: columns of padding that
    # a row has between what all rows begin with and its own tokens.
    def cached_layout(self, token_BT: Tensor, start_B: Tensor, shared: int, caches: List[Cache], rotary: List[Rotary]
            ) -> Layout:
        t = token_BT.size(1)
        no_spans = annotate(List[Span], [])
        rows = Rows([t] * token_BT.size(0), token_BT, False, 0, [0] * token_BT.size(0))
        masks = self.cache_masks(start_B, caches[0].columns, t, shared)
        return Layout(self.places(rows, token_BT.numel()), 0, no_spans, no_spans, masks, rotary, token_BT[:, t - 1],
            caches)

    # The masks of t new columns after the cached ones, for each kind of block. The S keys are the last columns of the
    # cache, from the first that one of the new columns sees.
    def cache_masks(self, start_B: Tensor, cached_columns: int, t: int, shared: int) -> List[List[Tensor]]:
        end = cached_columns + t
        column_T1 = torch.arange(cached_columns, end, device=start_B.device).unsqueeze(1)
        masks = annotate(List[List[Tensor]], [])
        for window in WINDOWS:
            begin = max(0, cached_columns - window + 1) if window > 0 else 0
            column_S = torch.arange(begin, end, device=start_B.device)
            # Padding sees itself, else its softmax would be over nothing.
            itself_TS = torch.eq(column_S, column_T1)
            before_TS = torch.lt(column_S, column_T1)
            if window > 0:
                before_TS = torch.logical_and(before_TS, torch.gt(column_S, column_T1 - window))
            own_BS = torch.ge(column_S, start_B.unsqueeze(1) + shared)
            row_B1S = torch.logical_or(torch.lt(column_S, shared), own_BS).unsqueeze(1)
            seen_BTS = torch.logical_or(itself_TS, torch.logical_and(before_TS, row_B1S))
            masks.append([self.scores_mask(torch.logical_not(seen_BTS))])
        return masks
