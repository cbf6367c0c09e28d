# TorchScript, read by Attention.java; TorchSource.java describes the form of such files.
#
# Grouped-query attention (Ainslie et al. 2023), forward and backward. Axes as in decoder.py.
#
# Forward: p = softmax(s q k' + mask), y = p v, where s is mostly 1/√K.
# Backward: dv = p' dy, dp = dy v', ds = p ∘ (dp − rowsum(dp ∘ p)), dq = s ds k, dk = s ds' q
# (p' is p transposed; the softmax's part as in FlashAttention, Dao et al. 2022, appendix B.2).
from typing import List, Tuple

import torch
from torch import Tensor
from torch.nn import Module

from attention_layout import BlockLayout, Cache, Places, Slots, Span

FLOAT32: int = ...
DTYPE: int = ...  # the type of weights and activations
KV_HEADS: int = ...  # G
GROUP: int = ...  # X, the query heads that share a key head
HEAD_SIZE: int = ...  # K
ATTENTION_SCALE: float = ...  # s
SCORES_KEPT: bool = ...  # whether the tape has the softmax's results, or the backward computes them again


class Attention(Module):
    # Gathers heads of tokens into matrices, [N, H, K] to [P, R, K]: the X query heads of a key head stay together.
    # Padding in rows is a copy of a token that is padding.
    def fold(self, x_NHK: Tensor, places: Places) -> Tensor:
        x_headsK = x_NHK.view([x_NHK.size(0) * KV_HEADS, -1])
        return torch.index_select(x_headsK, 0, places.head_PT.flatten()).view([places.head_PT.size(0), -1, HEAD_SIZE])

    # Gathers matrices back into heads of tokens, [P, R, K] to [N, H, K]. Padding among tokens comes from a place where
    # there is no token: it stays by itself.
    def unfold(self, x_PRK: Tensor, places: Places) -> Tensor:
        x_PRK = x_PRK.to(DTYPE)
        n = places.slot_NG.size(0) // KV_HEADS
        x_slotsK = x_PRK.reshape([places.head_PT.numel(), -1])
        return torch.index_select(x_slotsK, 0, places.slot_NG).view([n, -1, HEAD_SIZE])

    # The queries of a span, [P, R, K] to [P of its rows, Q, K].
    def queries_of(self, x_PRK: Tensor, span: Span) -> Tensor:
        x_PRK = torch.slice(x_PRK, 0, span.first_row * KV_HEADS, span.end_row * KV_HEADS)
        return torch.slice(x_PRK, 1, GROUP * span.begin, GROUP * span.end)

    # The keys or values that a span's mask is about, [P, T, K] to [P of its rows, S, K]. before: columns before the
    # first of the span's rows.
    def keys_of(self, x_PTK: Tensor, span: Span, mask_PQS: Tensor, before: int) -> Tensor:
        x_PTK = torch.slice(x_PTK, 0, span.first_row * KV_HEADS, span.end_row * KV_HEADS)
        end = before + span.end
        return torch.slice(x_PTK, 1, end - mask_PQS.size(2), end)

    # p = softmax(s q k' + mask), [P, Q, S]; the scores are overwritten.
    def softmax_scores(self, q_PQK: Tensor, k_PSK: Tensor, mask_PQS: Tensor) -> Tensor:
        scores_PQS = torch.baddbmm(mask_PQS, q_PQK, k_PSK.transpose(1, 2), beta=1, alpha=ATTENTION_SCALE)
        return torch._softmax(scores_PQS, -1, False, out=scores_PQS)

    # a b, [P, Q, K], for b with few columns: as (b' a')' MKL takes a third of the time.
    def times_narrow(self, a_PQS: Tensor, b_PSK: Tensor) -> Tensor:
        return torch.bmm(b_PSK.transpose(1, 2), a_PQS.transpose(1, 2)).transpose(1, 2)

    # Keys or values of the rows that go on, [U G, columns that they have, K], a view of the cache.
    def cells_of(self, x_CK: Tensor, slots: Slots) -> Tensor:
        x_PSK = x_CK[:slots.count * KV_HEADS * slots.columns].view([-1, slots.columns, HEAD_SIZE])
        return torch.slice(x_PSK, 1, 0, slots.seen)

    # Rows of each slot's heads as rows of each head, [U G, X, *] to [G, U X, *].
    def by_head(self, x_PXA: Tensor) -> Tensor:
        return x_PXA.unflatten(0, [-1, KV_HEADS]).transpose(0, 1).flatten(1, 2)

    # The reverse of by_head.
    def by_slot(self, x_GRA: Tensor) -> Tensor:
        return x_GRA.unflatten(1, [-1, GROUP]).transpose(0, 1).flatten(0, 1)

    # y, [U, H, K], of the newest tokens of the rows that go on. What all rows begin with is multiplied once for all.
    def attention_of_slots(self, q_UHK: Tensor, layout: BlockLayout, slots: Slots, cache: Cache) -> Tensor:
        q_PXK = q_UHK.reshape([-1, GROUP, HEAD_SIZE])
        before = layout.before
        k_PSK = self.cells_of(cache.keys_CK, slots)
        v_PSK = self.cells_of(cache.values_CK, slots)
        # With few rows in q, (k q')' and p v take half the time of q k' and (v' p')'.
        scores_PSX = torch.baddbmm(slots.masks[layout.kind].transpose(1, 2), k_PSK, q_PXK.transpose(1, 2), beta=1,
            alpha=ATTENTION_SCALE)
        scores_PXS = scores_PSX.transpose(1, 2)
        if before == 0:
            return torch.bmm(torch.softmax(scores_PXS, -1), v_PSK).view(q_UHK.size())
        scores_GRP = torch.baddbmm(slots.beginning_masks[layout.kind], self.by_head(q_PXK),
            cache.beginning_keys_GPK.transpose(1, 2), beta=1, alpha=ATTENTION_SCALE)
        p_PXS = torch.softmax(torch.cat([self.by_slot(scores_GRP), scores_PXS], 2), -1)
        y_PXK = torch.bmm(torch.slice(p_PXS, 2, before), v_PSK)
        p_GRP = self.by_head(torch.slice(p_PXS, 2, 0, before))
        y_GRK = self.times_narrow(p_GRP, cache.beginning_values_GPK)
        return y_PXK.add_(self.by_slot(y_GRK)).view(q_UHK.size())

    # y, [N, H, K], of a step's tokens, whose keys and values are added to the cache.
    def attention_to_cache(self, q_NHK: Tensor, k_NGK: Tensor, v_NGK: Tensor, layout: BlockLayout, slots: Slots,
            cache: Cache, tape: List[Tensor]) -> Tensor:
        cache.keys_CK.index_copy_(0, slots.cell_NG, k_NGK.flatten(0, 1))
        cache.values_CK.index_copy_(0, slots.cell_NG, v_NGK.flatten(0, 1))
        if len(layout.spans) > 0:
            y_NHK = self.attention(q_NHK, k_NGK, v_NGK, layout, tape)
        else:
            y_NHK = torch.zeros_like(q_NHK)
        if slots.count > 0:
            y_NHK[:slots.count].copy_(self.attention_of_slots(q_NHK[:slots.count], layout, slots, cache))
        return y_NHK

    # Keys or values of rows with those that all rows begin with before them, [P, T, K].
    def after_beginning(self, beginning_GPK: Tensor, x_PTK: Tensor) -> Tensor:
        x_BGTK = x_PTK.unflatten(0, [-1, KV_HEADS])
        beginning_BGPK = beginning_GPK.unsqueeze(0).expand([x_BGTK.size(0), -1, -1, -1])
        return torch.cat([beginning_BGPK, x_BGTK], 2).flatten(0, 1)

    # Whether the tape holds q, k and v as tokens, so that the backward has to gather them again. That is so where rows
    # share so many tokens that the gathered ones would be more than twice as many.
    def gathers_again(self, places: Places) -> bool:
        return places.head_PT.numel() > 2 * places.slot_NG.numel()

    # y, [N, H, K]: span after span, for the rows that need it, with the keys of its mask.
    def attention(self, q_NHK: Tensor, k_NGK: Tensor, v_NGK: Tensor, layout: BlockLayout, tape: List[Tensor]) -> Tensor:
        places = layout.places
        q_PRK = self.fold(q_NHK, places)
        k_PTK = self.fold(k_NGK, places)
        v_PTK = self.fold(v_NGK, places)
        cache = layout.cache
        if cache is not None and layout.before > 0:
            k_PTK = self.after_beginning(cache.beginning_keys_GPK, k_PTK)
            v_PTK = self.after_beginning(cache.beginning_values_GPK, v_PTK)
        y_PRK = torch.zeros_like(q_PRK)
        for i in range(len(layout.spans)):
            span = layout.spans[i]
            if span.first_row < span.end_row:
                mask_PQS = layout.masks[i]
                q_PQK = self.queries_of(q_PRK, span)
                p_PQS = self.softmax_scores(q_PQK, self.keys_of(k_PTK, span, mask_PQS, layout.before), mask_PQS)
                y_PQK = self.times_narrow(p_PQS, self.keys_of(v_PTK, span, mask_PQS, layout.before))
                self.queries_of(y_PRK, span).copy_(y_PQK)
                if SCORES_KEPT:
                    tape.append(p_PQS)
        kept = [q_NHK, k_NGK, v_NGK] if self.gathers_again(places) else [q_PRK, k_PTK, v_PTK]
        tape.extend(kept)
        return self.unfold(y_PRK, places)

    # Sums the gradients of the tokens that all rows begin with, in place, into the first row, where those tokens have
    # their place.
    def sum_shared_(self, x_PTK: Tensor, shared: int) -> Tensor:
        if shared > 0:
            x_BGSK = torch.slice(x_PTK, 1, 0, shared).unflatten(0, [-1, KV_HEADS])
            x_BGSK[0].copy_(torch.sum(x_BGSK, 0))
        return x_PTK

    # q_PRK, k_PTK and v_PTK as the forward used them.
    def pop_gathered(self, places: Places, tape: List[Tensor]) -> Tuple[Tensor, Tensor, Tensor]:
        v_PTK = tape.pop()
        k_PTK = tape.pop()
        q_PRK = tape.pop()
        if self.gathers_again(places):
            v_PTK = self.fold(v_PTK, places)
            k_PTK = self.fold(k_PTK, places)
            q_PRK = self.fold(q_PRK, places)
        return (q_PRK, k_PTK, v_PTK)

    # The gradients of q_NHK, k_NGK and v_NGK. What comes in for the shared beginning counts in the first row only.
    def attention_backward(self, dy_NHK: Tensor, layout: BlockLayout, tape: List[Tensor]
            ) -> Tuple[Tensor, Tensor, Tensor]:
        places = layout.places
        shared = layout.shared
        q_PRK, k_PTK, v_PTK = self.pop_gathered(places, tape)
        dy_PRK = self.fold(dy_NHK, places)
        if shared > 0:
            dy_PRK[KV_HEADS:, :GROUP * shared].zero_()
        dq_PRK = torch.zeros_like(q_PRK)
        dk_PTK = torch.zeros_like(k_PTK, dtype=FLOAT32)
        dv_PTK = torch.zeros_like(v_PTK, dtype=FLOAT32)
        for i in range(len(layout.spans) - 1, -1, -1):
            span = layout.spans[i]
            if span.first_row < span.end_row:
                mask_PQS = layout.masks[i]
                q_PQK = self.queries_of(q_PRK, span)
                k_PSK = self.keys_of(k_PTK, span, mask_PQS, 0)
                if SCORES_KEPT:
                    p_PQS = tape.pop()
                else:
                    p_PQS = self.softmax_scores(q_PQK, k_PSK, mask_PQS)
                dy_PQK = self.queries_of(dy_PRK, span)
                dp_PQS = torch.bmm(dy_PQK, self.keys_of(v_PTK, span, mask_PQS, 0).transpose(1, 2))
                ds_PQS = torch._softmax_backward_data(dp_PQS, p_PQS, -1, dp_PQS.dtype, grad_input=dp_PQS)
                dv_PSK = self.times_narrow(p_PQS.transpose(1, 2), dy_PQK)
                dk_PSK = self.times_narrow(ds_PQS.transpose(1, 2), q_PQK)
                dq_PQK = self.times_narrow(ds_PQS, k_PSK)
                self.keys_of(dv_PTK, span, mask_PQS, 0).add_(dv_PSK)
                self.keys_of(dk_PTK, span, mask_PQS, 0).add_(dk_PSK, alpha=ATTENTION_SCALE)
                self.queries_of(dq_PRK, span).copy_(dq_PQK)
        dq_NHK = self.unfold(dq_PRK, places).mul_(ATTENTION_SCALE)
        dk_NGK = self.unfold(self.sum_shared_(dk_PTK, shared), places)
        return (dq_NHK, dk_NGK, self.unfold(self.sum_shared_(dv_PTK, shared), places))
