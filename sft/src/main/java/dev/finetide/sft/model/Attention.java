package dev.finetide.sft.model;

import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchText;
import java.util.Map;

/// Rotary positions and grouped-query attention, forward and backward, as TorchScript. Axes as in
/// [Decoder].
///
/// Forward: p = softmax(s q k' + mask), y = p v, where s is mostly 1/√K. Backward: dv = p' dy, dp =
/// dy v', ds = p ∘ (dp − rowsum(dp ∘ p)), dq = s ds k, dk = s ds' q.
///
/// Only here it matters which row a token is of. Rows of similar length are a group, B rows padded
/// to T tokens, and a micro-batch has several: all else computes their tokens at once, without
/// knowing of rows.
///
/// The query heads that share a key head (X = H/G of them) are folded into the rows of its
/// matrices, token after token, so keys and values are never copied per query head. Without a cache the
/// T tokens are attended in blocks of queries, Q of the R rows, each only with the keys from the first
/// that one of them sees to its own end: a triangle costs half a square, a window a band.
final class Attention {
    private static final String SOURCE = """
              # Rotary positions (RoFormer, Su et al. 2021), channel i paired with i + K/2: (x, y) -> (xc - ys, yc + xs).
              # The turn is 1, or -1 for the way back. Key heads take as many columns of cos and sin as they are.
              def rotate(self, x_NHK: Tensor, cos_NHK: Tensor, sin_NHK: Tensor, turn: int) -> Tensor:
                cos_NHK = torch.slice(cos_NHK, 1, 0, x_NHK.size(1))
                sin_NHK = torch.slice(sin_NHK, 1, 0, x_NHK.size(1))
                return torch.addcmul(x_NHK * cos_NHK, torch.roll(x_NHK, [$HALF_K], [-1]), sin_NHK, value=turn)

              # The heads of a group of b rows, which begins at a token, seen as [B, G, T, X, K]; for keys and values X = 1.
              def group_heads(self, x_NHK: Tensor, begin: int, b: int, t: int) -> Tensor:
                return torch.slice(x_NHK, 0, begin, begin + b * t).view([b, t, $G, -1, $K]).transpose(1, 2)

              def group_tokens(self, groups: List[int]) -> int:
                tokens = 0
                for i in range(0, len(groups), 2):
                  tokens += groups[i] * groups[i + 1]
                return tokens

              # As matrices: [P, R, K].
              def folded(self, x_BGTXK: Tensor) -> Tensor:
                return x_BGTXK.reshape([x_BGTXK.size(0) * $G, -1, $K])

              def unfolded(self, x_PRK: Tensor, b: int, t: int) -> Tensor:
                return x_PRK.view([b, $G, t, -1, $K])

              def softmax_scores(self, q_PQK: Tensor, k_PSK: Tensor, mask_PQS: Tensor) -> Tensor:
                return torch.softmax(torch.baddbmm(mask_PQS, q_PQK, k_PSK.transpose(1, 2), beta=1, alpha=$SCALE), -1)

              # a b, for b with few columns: as (b' a')' MKL takes a third of the time.
              def times_narrow(self, a_PQS: Tensor, b_PSK: Tensor) -> Tensor:
                return torch.bmm(b_PSK.transpose(1, 2), a_PQS.transpose(1, 2)).transpose(1, 2)

              # b rows continue what the first `at` columns of the cache hold: of its last columns each token sees what the mask
              # leaves.
              def attention_to_cache(self, q_NHK: Tensor, k_NGK: Tensor, v_NGK: Tensor, b: int, cache: List[Tensor], at: int,
                  mask_PQS: Tensor) -> Tensor:
                t = q_NHK.size(0) // b
                end = at + t
                begin = end - mask_PQS.size(2)
                torch.slice(cache[0], 2, at, end).copy_(self.group_heads(k_NGK, 0, b, t).squeeze(3))
                torch.slice(cache[1], 2, at, end).copy_(self.group_heads(v_NGK, 0, b, t).squeeze(3))
                q_PQK = self.folded(self.group_heads(q_NHK, 0, b, t))
                p_PQS = self.softmax_scores(q_PQK, self.folded(torch.slice(cache[0], 2, begin, end)), mask_PQS)
                y_PQK = self.times_narrow(p_PQS, self.folded(torch.slice(cache[1], 2, begin, end)))
                return self.unfolded(y_PQK, b, t).transpose(1, 2).reshape(q_NHK.size())

              # What is added to the scores: [P, Q, S], or [1, Q, S] where all rows hide the same.
              def scores_mask(self, hidden_BTS: Tensor) -> Tensor:
                mask_BTS = torch.zeros(hidden_BTS.size(), dtype=$TYPE, device=hidden_BTS.device)
                mask_BQS = mask_BTS.masked_fill_(hidden_BTS, -inf).repeat_interleave($X, 1)
                return mask_BQS.repeat_interleave($G, 0) if mask_BQS.size(0) > 1 else mask_BQS

              # For each block of queries, minus infinity where one does not see a key: one that comes later, or before first_BT.
              # The keys are those from the first that a query of the block sees to the block's end. first_BT never falls along
              # a row; it is empty where all is seen from 0, and has one row where it is the same in all.
              def query_masks(self, t: int, first_BT: Tensor) -> List[Tensor]:
                masks = annotate(List[Tensor], [])
                for begin in range(0, t, $QUERY_BLOCK):
                  end = min(begin + $QUERY_BLOCK, t)
                  first = int(torch.min(first_BT[:, begin])) // $TILE * $TILE if first_BT.numel() > 0 else 0
                  column_S = torch.arange(first, end, device=first_BT.device)
                  hidden_BTS = torch.gt(column_S, torch.arange(begin, end, device=first_BT.device).unsqueeze(1)).unsqueeze(0)
                  if first_BT.numel() > 0:
                    before_BTS = torch.lt(column_S, first_BT[:, begin:end].unsqueeze(2))
                    hidden_BTS = torch.logical_or(hidden_BTS, before_BTS)
                  masks.append(self.scores_mask(hidden_BTS))
                return masks

              # Group by group, each block of queries with the keys of its mask. Grouped queries (Ainslie et al. 2023). Padding at
              # the end of the N tokens is of no group: zero.
              def attention(self, q_NHK: Tensor, k_NGK: Tensor, v_NGK: Tensor, groups: List[int], masks: List[Tensor],
                  tape: List[Tensor]) -> Tensor:
                y_NHK = torch.zeros_like(q_NHK)
                token = 0
                block = 0
                for i in range(0, len(groups), 2):
                  b = groups[i]
                  t = groups[i + 1]
                  q_PRK = self.folded(self.group_heads(q_NHK, token, b, t))
                  k_PTK = self.folded(self.group_heads(k_NGK, token, b, t))
                  v_PTK = self.folded(self.group_heads(v_NGK, token, b, t))
                  y_PRK = torch.empty_like(q_PRK)
                  for begin in range(0, t, $QUERY_BLOCK):
                    end = min(begin + $QUERY_BLOCK, t)
                    first = end - masks[block].size(2)
                    q_PQK = torch.slice(q_PRK, 1, $X * begin, $X * end)
                    p_PQS = self.softmax_scores(q_PQK, torch.slice(k_PTK, 1, first, end), masks[block])
                    y_PQK = self.times_narrow(p_PQS, torch.slice(v_PTK, 1, first, end))
                    torch.slice(y_PRK, 1, $X * begin, $X * end).copy_(y_PQK)
                    tape.append(p_PQS)
                    block += 1
                  self.group_heads(y_NHK, token, b, t).copy_(self.unfolded(y_PRK, b, t))
                  tape.append(q_PRK)
                  tape.append(k_PTK)
                  tape.append(v_PTK)
                  token += b * t
                return y_NHK

              # The gradients of q_NHK, k_NGK and v_NGK.
              def attention_backward(self, dy_NHK: Tensor, groups: List[int], tape: List[Tensor]
                  ) -> Tuple[Tensor, Tensor, Tensor]:
                dq_NHK = torch.zeros_like(dy_NHK)
                dk_NGK = torch.zeros([dy_NHK.size(0), $G, $K], dtype=dy_NHK.dtype, device=dy_NHK.device)
                dv_NGK = torch.zeros_like(dk_NGK)
                token = self.group_tokens(groups)
                for i in range(len(groups) - 2, -1, -2):
                  b = groups[i]
                  t = groups[i + 1]
                  token -= b * t
                  v_PTK = tape.pop()
                  k_PTK = tape.pop()
                  q_PRK = tape.pop()
                  dy_PRK = self.folded(self.group_heads(dy_NHK, token, b, t))
                  dq_PRK = torch.empty_like(q_PRK)
                  dk_PTK = torch.zeros_like(k_PTK, dtype=6)
                  dv_PTK = torch.zeros_like(v_PTK, dtype=6)
                  for block in range((t + $QUERY_BLOCK - 1) // $QUERY_BLOCK - 1, -1, -1):
                    begin = block * $QUERY_BLOCK
                    end = min(begin + $QUERY_BLOCK, t)
                    p_PQS = tape.pop()
                    first = end - p_PQS.size(2)
                    q_PQK = torch.slice(q_PRK, 1, $X * begin, $X * end)
                    dy_PQK = torch.slice(dy_PRK, 1, $X * begin, $X * end)
                    dp_PQS = torch.bmm(dy_PQK, torch.slice(v_PTK, 1, first, end).transpose(1, 2))
                    ds_PQS = torch._softmax_backward_data(dp_PQS, p_PQS, -1, dp_PQS.dtype)
                    torch.slice(dv_PTK, 1, first, end).add_(self.times_narrow(p_PQS.transpose(1, 2), dy_PQK))
                    torch.slice(dk_PTK, 1, first, end).add_(self.times_narrow(ds_PQS.transpose(1, 2), q_PQK), alpha=$SCALE)
                    dq_PQK = self.times_narrow(ds_PQS, torch.slice(k_PTK, 1, first, end))
                    torch.slice(dq_PRK, 1, $X * begin, $X * end).copy_(dq_PQK)
                  self.group_heads(dq_NHK, token, b, t).copy_(self.unfolded(dq_PRK, b, t))
                  self.group_heads(dk_NGK, token, b, t).copy_(self.unfolded(dk_PTK, b, t))
                  self.group_heads(dv_NGK, token, b, t).copy_(self.unfolded(dv_PTK, b, t))
                return (dq_NHK.mul_($SCALE), dk_NGK, dv_NGK)

            """;

    private Attention() {}

    /// Tokens of which a row's width and its first key are multiples. In bf16 oneDNN multiplies attention's
    /// matrices too, and makes a kernel of some 0.3 MB for every shape; MKL, in fp32, has one for all.
    static int tile(Precision precision) {
        return precision == Precision.BF16 ? 16 : 1;
    }

    static String source(ModelConfig config, Precision precision) {
        // Smaller blocks save more of the square, larger ones keep the matrix products efficient.
        int queryBlock = Math.clamp(2L * config.headSize(), 32, 128);
        return TorchText.fill(
                SOURCE,
                Map.of(
                        "SCALE", config.variant().attentionScale(),
                        "TYPE", precision.scalarType(),
                        "TILE", tile(precision),
                        "QUERY_BLOCK", queryBlock,
                        "G", config.kvHeads(),
                        "X", config.heads() / config.kvHeads(),
                        "K", config.headSize(),
                        "HALF_K", config.headSize() / 2));
    }
}
