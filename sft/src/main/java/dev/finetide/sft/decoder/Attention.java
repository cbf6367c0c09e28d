package dev.finetide.sft.decoder;

import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.torch.MatrixProducts;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchText;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Rotary positions and grouped-query attention, forward and backward, as TorchScript. Axes as in
/// [Decoder].
///
/// Forward: p = softmax(s q k' + mask), y = p v, where s is mostly 1/√K. Backward: dv = p' dy, dp =
/// dy v', ds = p ∘ (dp − rowsum(dp ∘ p)), dq = s ds k, dk = s ds' q.
///
/// Only here it matters which row a token is of: all else computes the N tokens at once, without
/// knowing of rows. Tokens are gathered into B rows of T, longest row first, and what comes out is
/// gathered back. The query heads that share a key head (X = H/G of them) are folded into the rows of its
/// matrices on the way, token after token, so keys and values are never copied per query head.
///
/// Without a cache the T tokens are attended in blocks of queries, Q of the R rows, each only with the keys
/// from the first that one of them sees to its own end: a triangle costs half a square, a window a band.
/// And each only for the rows that are so long: what rows differ in length costs next to nothing. What all rows begin
/// with is a token each, which stands in all of them: its queries are computed once, and the gradients of its keys and
/// values are summed over the rows.
final class Attention {
    private static final String SOURCE = """
              # Rotary positions (RoFormer, Su et al. 2021), channel i paired with i + K/2: (x, y) -> (xc - ys, yc + xs).
              # The turn is 1, or -1 for the way back. Key heads take as many columns of cos and sin as they are. In place.
              def rotate_(self, x_NHK: Tensor, cos_NHK: Tensor, sin_NHK: Tensor, turn: int) -> Tensor:
                cos_NHK = torch.slice(cos_NHK, 1, 0, x_NHK.size(1))
                sin_NHK = torch.slice(sin_NHK, 1, 0, x_NHK.size(1))
                rolled_NHK = torch.roll(x_NHK, [$HALF_K], [-1])
                return x_NHK.mul_(cos_NHK).addcmul_(rolled_NHK, sin_NHK, value=turn)

              # From tokens to matrices, [P, R, K]; the X query heads of a key head stay together. places: which head of which
              # token stands in each row and column, [P, T], and where each token's heads are in that, [N G]. Padding in rows
              # is taken from a token that is padding, and padding among tokens from where no token is: it stays by itself.
              def fold(self, x_NHK: Tensor, places: List[Tensor]) -> Tensor:
                p = places[0].size(0)
                return torch.index_select(x_NHK.view([x_NHK.size(0) * $G, -1]), 0, places[0].flatten()).view([p, -1, $K])

              def unfold(self, x_PRK: Tensor, places: List[Tensor]) -> Tensor:
                x_PRK = torch.to(x_PRK, $TYPE, False, False, None)
                n = places[1].size(0) // $G
                return torch.index_select(x_PRK.reshape([places[0].numel(), -1]), 0, places[1]).view([n, -1, $K])

              # Of n tokens that stand in B rows, [B, T]. Those that do not are padding, whose place is the last one of all.
              # Those that all rows begin with stand in each of them; their place is in the first.
              def places(self, token_BT: Tensor, n: int, shared: int) -> List[Tensor]:
                t = token_BT.size(1)
                slots = torch.arange(token_BT.numel(), device=token_BT.device)
                slot_N = torch.full([n], token_BT.numel() - 1, dtype=slots.dtype, device=token_BT.device)
                slot_N.scatter_(0, token_BT.flatten(), slots)
                slot_N[:shared].copy_(slots[:shared])
                head_G1 = torch.arange($G, device=token_BT.device).unsqueeze(1)
                token_BGT = token_BT.unsqueeze(1) * $G + head_G1
                slot_GN = (torch.floor_divide(slot_N, t) * $G + head_G1) * t + torch.remainder(slot_N, t)
                return [token_BGT.flatten(0, 1), slot_GN.t().flatten()]

              # Of the rows from the one to before the other, the lines from begin to end.
              def part(self, x_PRK: Tensor, row: int, end_row: int, begin: int, end: int) -> Tensor:
                return torch.slice(torch.slice(x_PRK, 0, row * $G, end_row * $G), 1, begin, end)

              def softmax_scores(self, q_PQK: Tensor, k_PSK: Tensor, mask_PQS: Tensor) -> Tensor:
                scores_PQS = torch.baddbmm(mask_PQS, q_PQK, k_PSK.transpose(1, 2), beta=1, alpha=$SCALE)
                return torch._softmax(scores_PQS, -1, False, out=scores_PQS)

              # a b, for b with few columns: as (b' a')' MKL takes a third of the time.
              def times_narrow(self, a_PQS: Tensor, b_PSK: Tensor) -> Tensor:
                return torch.bmm(b_PSK.transpose(1, 2), a_PQS.transpose(1, 2)).transpose(1, 2)

              # Rows continue what the first `at` columns of the cache hold: of its last columns each token sees what the mask
              # leaves.
              def attention_to_cache(self, q_NHK: Tensor, k_NGK: Tensor, v_NGK: Tensor, places: List[Tensor],
                  cache: List[Tensor], at: int, mask_PQS: Tensor) -> Tensor:
                end = at + places[0].size(1)
                begin = end - mask_PQS.size(2)
                k_PSK = cache[0].flatten(0, 1)
                v_PSK = cache[1].flatten(0, 1)
                torch.slice(k_PSK, 1, at, end).copy_(self.fold(k_NGK, places))
                torch.slice(v_PSK, 1, at, end).copy_(self.fold(v_NGK, places))
                p_PQS = self.softmax_scores(self.fold(q_NHK, places), torch.slice(k_PSK, 1, begin, end), mask_PQS)
                return self.unfold(self.times_narrow(p_PQS, torch.slice(v_PSK, 1, begin, end)), places)

              # What is added to the scores: [P, Q, S], or [1, Q, S] where all rows hide the same.
              def scores_mask(self, hidden_BTS: Tensor) -> Tensor:
                mask_BTS = torch.zeros(hidden_BTS.size(), dtype=$TYPE, device=hidden_BTS.device)
                mask_BQS = mask_BTS.masked_fill_(hidden_BTS, -inf).repeat_interleave($X, 1)
                return mask_BQS.repeat_interleave($G, 0) if mask_BQS.size(0) > 1 else mask_BQS

              # Spans of queries, a block each: from which column to which, and which rows. Those are so long, and not only read
              # further on, as the longest often are; the first alone computes what all begin with.
              def query_spans(self, t: int, rows: List[int], shared: int, read: List[int]
                  ) -> List[Tuple[int, int, int, int]]:
                spans = annotate(List[Tuple[int, int, int, int]], [])
                begin = 0
                shared = shared // $TILE * $TILE  # MKL is slow with odd numbers of columns, oneDNN compiles for each
                while begin < t:
                  end = min(begin + $QUERY_BLOCK, shared if begin < shared else t)
                  end_row = 0
                  while end_row < len(rows) and rows[end_row] > begin:
                    end_row += 1
                  if end <= shared:
                    end_row = 1
                  row = 0
                  while row < end_row and read[row] >= end:
                    row += 1
                  spans.append((begin, end, row, end_row))
                  begin = end
                return spans

              # For each span of queries, minus infinity where one does not see a key: one that comes later, or before first_T.
              # The keys are those from the first that a query of the span sees to the span's end. first_T never falls; it
              # is empty where all is seen from 0.
              def query_masks(self, spans: List[Tuple[int, int, int, int]], first_T: Tensor) -> List[Tensor]:
                masks = annotate(List[Tensor], [])
                for begin, end, _, _ in spans:
                  first = int(first_T[begin]) // $COLUMN_TILE * $COLUMN_TILE if first_T.numel() > 0 else 0
                  column_S = torch.arange(first, end, device=first_T.device)
                  hidden_TS = torch.gt(column_S, torch.arange(begin, end, device=first_T.device).unsqueeze(1))
                  if first_T.numel() > 0:
                    hidden_TS = torch.logical_or(hidden_TS, torch.lt(column_S, first_T[begin:end].unsqueeze(1)))
                  masks.append(self.scores_mask(hidden_TS.unsqueeze(0)))
                return masks

              # For the backward q, k and v are kept as attention has gathered them, unless rows share so many tokens that this
              # would be twice as much: then they are gathered again.
              def gathers_again(self, places: List[Tensor]) -> bool:
                return places[0].numel() > 2 * places[1].numel()

              # Span after span, for the rows that need it, with the keys of its mask. Grouped queries (Ainslie et al. 2023).
              def attention(self, q_NHK: Tensor, k_NGK: Tensor, v_NGK: Tensor, places: List[Tensor],
                  spans: List[Tuple[int, int, int, int]], masks: List[Tensor], tape: List[Tensor]) -> Tensor:
                q_PRK = self.fold(q_NHK, places)
                k_PTK = self.fold(k_NGK, places)
                v_PTK = self.fold(v_NGK, places)
                y_PRK = torch.zeros_like(q_PRK)
                for i in range(len(spans)):
                  begin, end, row, end_row = spans[i]
                  if row < end_row:
                    first = end - masks[i].size(2)
                    q_PQK = self.part(q_PRK, row, end_row, $X * begin, $X * end)
                    p_PQS = self.softmax_scores(q_PQK, self.part(k_PTK, row, end_row, first, end), masks[i])
                    y_PQK = self.times_narrow(p_PQS, self.part(v_PTK, row, end_row, first, end))
                    self.part(y_PRK, row, end_row, $X * begin, $X * end).copy_(y_PQK)
                    if $SCORES_KEPT:
                      tape.append(p_PQS)
                kept = [q_NHK, k_NGK, v_NGK] if self.gathers_again(places) else [q_PRK, k_PTK, v_PTK]
                tape.extend(kept)
                return self.unfold(y_PRK, places)

              # What all rows begin with has its place in the first row: there goes the sum.
              def sum_shared(self, x_PTK: Tensor, shared: int) -> Tensor:
                if shared > 0:
                  x_BGSK = torch.slice(x_PTK, 1, 0, shared).unflatten(0, [-1, $G])
                  x_BGSK[0].copy_(torch.sum(x_BGSK, 0))
                return x_PTK

              # The gradients of q_NHK, k_NGK and v_NGK. What comes in for the shared beginning counts in the first row only.
              def attention_backward(self, dy_NHK: Tensor, places: List[Tensor],
                  spans: List[Tuple[int, int, int, int]], shared: int, masks: List[Tensor], tape: List[Tensor]
                  ) -> Tuple[Tensor, Tensor, Tensor]:
                v_PTK = tape.pop()
                k_PTK = tape.pop()
                q_PRK = tape.pop()
                if self.gathers_again(places):
                  v_PTK = self.fold(v_PTK, places)
                  k_PTK = self.fold(k_PTK, places)
                  q_PRK = self.fold(q_PRK, places)
                dy_PRK = self.fold(dy_NHK, places)
                if shared > 0:
                  dy_PRK[$G:, :$X * shared].zero_()
                dq_PRK = torch.zeros_like(q_PRK)
                dk_PTK = torch.zeros_like(k_PTK, dtype=6)
                dv_PTK = torch.zeros_like(v_PTK, dtype=6)
                for i in range(len(spans) - 1, -1, -1):
                  begin, end, row, end_row = spans[i]
                  if row < end_row:
                    first = end - masks[i].size(2)
                    q_PQK = self.part(q_PRK, row, end_row, $X * begin, $X * end)
                    if $SCORES_KEPT:
                      p_PQS = tape.pop()
                    else:
                      p_PQS = self.softmax_scores(q_PQK, self.part(k_PTK, row, end_row, first, end), masks[i])
                    dy_PQK = self.part(dy_PRK, row, end_row, $X * begin, $X * end)
                    dp_PQS = torch.bmm(dy_PQK, self.part(v_PTK, row, end_row, first, end).transpose(1, 2))
                    ds_PQS = torch._softmax_backward_data(dp_PQS, p_PQS, -1, dp_PQS.dtype, grad_input=dp_PQS)
                    dv_PSK = self.times_narrow(p_PQS.transpose(1, 2), dy_PQK)
                    dk_PSK = self.times_narrow(ds_PQS.transpose(1, 2), q_PQK)
                    dq_PQK = self.times_narrow(ds_PQS, self.part(k_PTK, row, end_row, first, end))
                    self.part(dv_PTK, row, end_row, first, end).add_(dv_PSK)
                    self.part(dk_PTK, row, end_row, first, end).add_(dk_PSK, alpha=$SCALE)
                    self.part(dq_PRK, row, end_row, $X * begin, $X * end).copy_(dq_PQK)
                dq_NHK = self.unfold(dq_PRK, places).mul_($SCALE)
                dk_NGK = self.unfold(self.sum_shared(dk_PTK, shared), places)
                return (dq_NHK, dk_NGK, self.unfold(self.sum_shared(dv_PTK, shared), places))

            """;

    private Attention() {}

    /// Tokens of which the columns T and the first key are multiples. In bf16 oneDNN multiplies attention's
    /// matrices, and makes a kernel for every shape; MKL, in fp32, has one for all.
    static int columnTile(Precision precision) {
        return precision == Precision.BF16 ? MatrixProducts.TILE : 1;
    }

    /// Smaller blocks save more of the square, larger ones keep the matrix products efficient.
    private static int queryBlock(ModelConfig config) {
        return Math.clamp(2L * config.headSize(), 16, 128);
    }

    /// What its products of a batch differ in: the columns, and of each span of queries the rows, of all blocks and
    /// of the last, the queries and the keys. As `query_spans` cuts them, where no window hides keys.
    static Set<List<Long>> shapes(ModelConfig config, Batch batch) {
        Set<List<Long>> shapes = new HashSet<>();
        long columns = batch.tokens().getShape().get(1);
        int shared = batch.shared() / MatrixProducts.TILE * MatrixProducts.TILE;
        long end;
        for (long begin = 0; begin < columns; begin = end) {
            end = Math.min(begin + queryBlock(config), begin < shared ? shared : columns);
            long from = begin;
            long to = end;
            long rows = end <= shared
                    ? 1
                    : Arrays.stream(batch.rows()).filter(row -> row > from).count();
            long unread = Arrays.stream(batch.read())
                    .limit(rows)
                    .takeWhile(read -> read >= to)
                    .count();
            shapes.add(List.of(columns, rows, to - from, to));
            shapes.add(List.of(columns, rows - unread, to - from, to));
        }
        return shapes;
    }

    static String source(ModelConfig config, Precision precision, KeptActivations tape) {
        return TorchText.fill(
                SOURCE,
                Map.of(
                        "SCALE", config.variant().attentionScale(),
                        "TYPE", precision.scalarType(),
                        "TILE", MatrixProducts.TILE,
                        "COLUMN_TILE", columnTile(precision),
                        "QUERY_BLOCK", queryBlock(config),
                        "SCORES_KEPT", tape != KeptActivations.WITHOUT_SCORES,
                        "G", config.kvHeads(),
                        "X", config.heads() / config.kvHeads(),
                        "K", config.headSize(),
                        "HALF_K", config.headSize() / 2));
    }
}
