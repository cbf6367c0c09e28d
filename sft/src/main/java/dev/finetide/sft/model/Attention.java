package dev.finetide.sft.model;

import dev.finetide.sft.EngineOptions.Precision;

/// Rotary positions and grouped-query attention, forward and backward, as TorchScript. Axes as in
/// [Decoder].
///
/// Forward: p = softmax(s q k' + mask), y = p v, where s is mostly 1/√K. Backward: dv = p' dy, dp = dy v',
/// ds = p ∘ (dp − rowsum(dp ∘ p)), dq = s ds k, dk = s ds' q.
///
/// The query heads that share a key head are folded into the rows of its matrices, so keys and
/// values are never copied per query head. Without a cache the T tokens are attended in blocks of
/// queries, each only with the keys from the first that one of them sees to its own end: a triangle
/// costs half a square, a window a band.
final class Attention {
    private static final String SOURCE = """
              # Rotary positions (RoFormer, Su et al. 2021), channel i paired with i + K/2: (x, y) -> (xc - ys, yc + xs).
              # The way back is the rotation by -sin.
              def rotate(self, x_BHTK: Tensor, cos_B1TK: Tensor, sin_B1TK: Tensor) -> Tensor:
                return torch.addcmul(x_BHTK * cos_B1TK, torch.roll(x_BHTK, [$HALF_K], [-1]), sin_B1TK)

              def softmax_scores(self, q_PRK: Tensor, k_PSK: Tensor, mask_PRS: Tensor) -> Tensor:
                return torch.softmax(torch.baddbmm(mask_PRS, q_PRK, k_PSK.transpose(1, 2), beta=1, alpha=$SCALE), -1)

              # a b, for b with few columns: as (b' a')' MKL takes a third of the time.
              def times_narrow(self, a_PRS: Tensor, b_PSK: Tensor) -> Tensor:
                return torch.bmm(b_PSK.transpose(1, 2), a_PRS.transpose(1, 2)).transpose(1, 2)

              # Tokens that continue a cache: each sees what the mask leaves, of the S columns.
              def attention_to_cache(self, q_BHTK: Tensor, k_BGSK: Tensor, v_BGSK: Tensor, mask_PRS: Tensor) -> Tensor:
                b = q_BHTK.size(0)
                q_PRK = q_BHTK.reshape([b * $G, -1, $K])
                p_PRS = self.softmax_scores(q_PRK, k_BGSK.reshape([b * $G, -1, $K]), mask_PRS)
                return self.times_narrow(p_PRS, v_BGSK.reshape([b * $G, -1, $K])).reshape([b, $H, -1, $K])

              # For each block of queries, minus infinity where one does not see a key: one that comes later, or before first_BT.
              # The keys are those from the first that a query of the block sees to the block's end. first_BT never falls along
              # a row; it is empty where all is seen from 0, and has one row where it is the same in all.
              def query_masks(self, ids_BT: Tensor, first_BT: Tensor) -> List[Tensor]:
                t = ids_BT.size(1)
                masks = annotate(List[Tensor], [])
                for begin in range(0, t, $QUERY_BLOCK):
                  end = min(begin + $QUERY_BLOCK, t)
                  first = int(torch.min(first_BT[:, begin])) if first_BT.numel() > 0 else 0
                  column_S = torch.arange(first, end, device=ids_BT.device)
                  hidden_BRS = torch.gt(column_S, torch.arange(begin, end, device=ids_BT.device).unsqueeze(1)).unsqueeze(0)
                  if first_BT.numel() > 0:
                    before_BRS = torch.lt(column_S, first_BT[:, begin:end].unsqueeze(2))
                    hidden_BRS = torch.logical_or(hidden_BRS, before_BRS)
                  mask_BRS = torch.zeros(hidden_BRS.size(), dtype=$TYPE, device=ids_BT.device)
                  mask_BRS.masked_fill_(hidden_BRS, -inf)
                  if mask_BRS.size(0) > 1:
                    mask_BRS = mask_BRS.repeat_interleave($G, 0)
                  masks.append(mask_BRS.repeat([1, $GROUP, 1]))
                return masks

              # Each block of queries with the keys of its mask. Grouped queries (Ainslie et al. 2023).
              def attention(self, q_BHTK: Tensor, k_BGTK: Tensor, v_BGTK: Tensor, masks: List[Tensor], tape: List[Tensor]
                  ) -> Tensor:
                b = q_BHTK.size(0)
                t = q_BHTK.size(2)
                q_PGTK = q_BHTK.reshape([b * $G, $GROUP, t, $K])
                k_PTK = k_BGTK.reshape([b * $G, t, $K])
                v_PTK = v_BGTK.reshape([b * $G, t, $K])
                y_PGTK = torch.empty_like(q_PGTK)
                for i in range(len(masks)):
                  begin = i * $QUERY_BLOCK
                  end = min(begin + $QUERY_BLOCK, t)
                  first = end - masks[i].size(2)
                  q_PRK = q_PGTK[:, :, begin:end].reshape([b * $G, -1, $K])
                  p_PRS = self.softmax_scores(q_PRK, k_PTK[:, first:end], masks[i])
                  y_PRK = self.times_narrow(p_PRS, v_PTK[:, first:end])
                  y_PGTK[:, :, begin:end].copy_(y_PRK.unflatten(1, [$GROUP, -1]))
                  tape.append(q_PRK)
                  tape.append(p_PRS)
                tape.append(k_PTK)
                tape.append(v_PTK)
                return y_PGTK.view([b, $H, t, $K])

              # The gradients of q_BHTK, k_BGTK and v_BGTK.
              def attention_backward(self, dy_BHTK: Tensor, tape: List[Tensor]) -> Tuple[Tensor, Tensor, Tensor]:
                b = dy_BHTK.size(0)
                t = dy_BHTK.size(2)
                v_PTK = tape.pop()
                k_PTK = tape.pop()
                dy_PGTK = dy_BHTK.reshape([b * $G, $GROUP, t, $K])
                dq_PGTK = torch.empty_like(dy_PGTK)
                dk_PTK = torch.zeros_like(k_PTK)
                dv_PTK = torch.zeros_like(v_PTK)
                for block in range((t + $QUERY_BLOCK - 1) // $QUERY_BLOCK - 1, -1, -1):
                  begin = block * $QUERY_BLOCK
                  end = min(begin + $QUERY_BLOCK, t)
                  p_PRS = tape.pop()
                  q_PRK = tape.pop()
                  first = end - p_PRS.size(2)
                  dy_PRK = dy_PGTK[:, :, begin:end].reshape([b * $G, -1, $K])
                  dp_PRS = torch.bmm(dy_PRK, v_PTK[:, first:end].transpose(1, 2))
                  ds_PRS = torch._softmax_backward_data(dp_PRS, p_PRS, -1, dp_PRS.dtype)
                  dv_PTK[:, first:end].add_(self.times_narrow(p_PRS.transpose(1, 2), dy_PRK))
                  dk_PTK[:, first:end].add_(self.times_narrow(ds_PRS.transpose(1, 2), q_PRK), alpha=$SCALE)
                  dq_PRK = self.times_narrow(ds_PRS, k_PTK[:, first:end])
                  dq_PGTK[:, :, begin:end].copy_(dq_PRK.unflatten(1, [$GROUP, -1]))
                return (dq_PGTK.mul_($SCALE).view([b, $H, t, $K]), dk_PTK.view([b, $G, t, $K]), dv_PTK.view([b, $G, t, $K]))

            """;

    private Attention() {}

    static String source(ModelConfig config, Precision precision) {
        // Smaller blocks save more of the square, larger ones keep the matrix products efficient.
        int queryBlock = Math.clamp(2L * config.headSize(), 32, 128);
        return SOURCE.replace("$HALF_K", String.valueOf(config.headSize() / 2))
                .replace("$SCALE", Decoder.decimal(config.variant().attentionScale()))
                .replace("$TYPE", String.valueOf(precision.scalarType()))
                .replace("$QUERY_BLOCK", String.valueOf(queryBlock))
                .replace("$GROUP", String.valueOf(config.heads() / config.kvHeads()))
                .replace("$H", String.valueOf(config.heads()))
                .replace("$G", String.valueOf(config.kvHeads()))
                .replace("$K", String.valueOf(config.headSize()));
    }
}
