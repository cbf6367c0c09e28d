package dev.finetide.sft.model;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The decoder as TorchScript, in the order of the papers. Everything that computes with a model runs this
/// text.
///
/// Letters at the end of a name are the tensor's axes: B rows, T tokens, S tokens so far (cached and new), D
/// residual
/// stream, H query heads, G key and value heads, K head size, F feed-forward, V vocabulary, N picked positions,
/// P = B·G and R = H/G·T where the query heads that share a key head are folded into its rows.
///
/// Numbers are baked in per model (`$NAME`), and `linear(layer, x)` becomes a plain or an adapted layer. With a
/// cache, one tensor of keys and one of values a block, the T tokens continue what its first `at` columns hold.
final class Decoder {
    /// What one block takes, in the order of [WeightLayout#base].
    private static final List<String> BLOCK_WEIGHTS = List.of(
            "attention_norm", "q_proj", "k_proj", "v_proj", "o_proj", "mlp_norm", "gate_proj", "up_proj", "down_proj");

    private static final Pattern LINEAR_CALL = Pattern.compile("linear\\((\\w+_proj), ");

    private static final String SOURCE = """
              # Root mean square layer normalization (Zhang and Sennrich 2019).
              def rms_norm(self, x_BTD: Tensor, weight_D: Tensor) -> Tensor:
                return x_BTD * torch.rsqrt(torch.mean(torch.square(x_BTD), [-1], True) + $EPS) * weight_D

              # Rotary positions (RoFormer, Su et al. 2021), channel i paired with i + K/2: (x, y) -> (xc - ys, yc + xs).
              def rotate(self, x_BHTK: Tensor, cos_B1TK: Tensor, sin_B1TK: Tensor) -> Tensor:
                return torch.addcmul(x_BHTK * cos_B1TK, torch.roll(x_BHTK, [$HALF_K], [-1]), sin_B1TK)

              # softmax(q k' / sqrt(K) + mask) v, grouped queries (Ainslie et al. 2023).
              def attention(self, q_BHTK: Tensor, k_BGSK: Tensor, v_BGSK: Tensor, mask_PRS: Tensor) -> Tensor:
                b = q_BHTK.size(0)
                t = q_BHTK.size(2)
                q_PRK = q_BHTK.reshape([b * $G, $GROUP * t, $K])
                k_PSK = k_BGSK.reshape([b * $G, -1, $K])
                v_PSK = v_BGSK.reshape([b * $G, -1, $K])
                scores_PRS = torch.baddbmm(mask_PRS, q_PRK, k_PSK.transpose(1, 2), beta=1, alpha=$SCALE)
                y_PRK = torch.bmm(torch.softmax(scores_PRS, -1), v_PSK)
                return y_PRK.view([b, $H, t, $K])

              # y = W x
              def plain_linear(self, weight: Tensor, x_BTD: Tensor) -> Tensor:
                return torch.linear(x_BTD, weight)

              # y = W x + s B A dropout(x) (LoRA, Hu et al. 2021).
              def lora_linear(self, weight: Tensor, a: Tensor, b: Tensor, x_BTD: Tensor) -> Tensor:
                return torch.linear(x_BTD, weight) + torch.linear(torch.linear($DROPPED, a), b) * $LORA_SCALE

              # x + attention(norm(x)), then x + mlp(norm(x)) with SwiGLU (Shazeer 2020).
              def block(self, x_BTD: Tensor, cos: Tensor, sin: Tensor, mask_PRS: Tensor, cache: List[Tensor], at: int,
                  weights: List[Tensor], adapter: List[Tensor]) -> Tensor:
                $WEIGHTS = weights
                $ADAPTER
                b = x_BTD.size(0)
                t = x_BTD.size(1)
                n_BTD = self.rms_norm(x_BTD, attention_norm)
                q_BHTK = self.rotate(linear(q_proj, n_BTD).view([b, t, $H, $K]).transpose(1, 2), cos, sin)
                k_BGSK = self.rotate(linear(k_proj, n_BTD).view([b, t, $G, $K]).transpose(1, 2), cos, sin)
                v_BGSK = linear(v_proj, n_BTD).view([b, t, $G, $K]).transpose(1, 2)
                if len(cache) > 0:
                  cache[0][:, :, at:at + t].copy_(k_BGSK)
                  cache[1][:, :, at:at + t].copy_(v_BGSK)
                  k_BGSK = cache[0][:, :, :at + t]
                  v_BGSK = cache[1][:, :, :at + t]
                y_BTHK = self.attention(q_BHTK, k_BGSK, v_BGSK, mask_PRS).transpose(1, 2)
                x_BTD = x_BTD + linear(o_proj, y_BTHK.reshape([b, t, $H * $K]))
                n_BTD = self.rms_norm(x_BTD, mlp_norm)
                f_BTF = torch.silu(linear(gate_proj, n_BTD)) * linear(up_proj, n_BTD)
                return x_BTD + linear(down_proj, f_BTF)

              # The residual stream after the last norm, from which the head predicts each next token.
              def decode(self, ids_BT: Tensor, positions_BT: Tensor, mask_PRS: Tensor, cache: List[Tensor], at: int,
                  frequencies: Tensor, weights: List[Tensor], adapter: List[Tensor]) -> Tensor:
                angles_B1TK = (positions_BT.unsqueeze(-1) * frequencies).unsqueeze(1)
                sin = torch.sin(angles_B1TK)
                cos_B1TK = torch.cos(angles_B1TK).repeat([1, 1, 1, 2])
                sin_B1TK = torch.cat([-sin, sin], -1)
                x_BTD = torch.embedding(weights[0], ids_BT)
                for i in range($LAYERS):
                  x_BTD = self.block(x_BTD, cos_B1TK, sin_B1TK, mask_PRS, cache[2 * i:2 * i + 2], at,
                      weights[1 + $W * i:1 + $W * (i + 1)], adapter[$A * i:$A * (i + 1)])
                return self.rms_norm(x_BTD, weights[1 + $W * $LAYERS])

              # Rows that start at position 0: token t sees the tokens up to t, so padding on the right is never seen.
              def decode_rows(self, ids_BT: Tensor, frequencies: Tensor, weights: List[Tensor],
                  adapter: List[Tensor]) -> Tensor:
                t = ids_BT.size(1)
                positions_1T = torch.arange(t, dtype=6, device=ids_BT.device).unsqueeze(0)
                later_TT = torch.triu(torch.full([t, t], -inf, dtype=6, device=ids_BT.device), 1)
                mask_1RS = later_TT.repeat([$GROUP, 1]).unsqueeze(0)
                return self.decode(ids_BT, positions_1T, mask_1RS, annotate(List[Tensor], []), 0,
                    frequencies, weights, adapter)
            """;

    private Decoder() {}

    /// The methods for one model.
    ///
    /// @param lora the adapter's shape, when one is to be computed
    /// @param training whether the adapter's dropout is on
    static String source(ModelConfig config, Optional<LoraShape> lora, boolean training) {
        List<String> adapted = lora.map(LoraShape::targets).orElse(List.of());
        double dropout = training ? lora.map(LoraShape::dropout).orElse(0.0) : 0;
        String source = SOURCE.replace("$EPS", decimal(config.normEps()))
                .replace("$HALF_K", String.valueOf(config.headSize() / 2))
                .replace("$SCALE", decimal(1 / Math.sqrt(config.headSize())))
                .replace("$GROUP", String.valueOf(config.heads() / config.kvHeads()))
                .replace("$LAYERS", String.valueOf(config.layers()))
                .replace("$LORA_SCALE", decimal(lora.map(LoraShape::scale).orElse(1.0)))
                .replace("$DROPPED", dropout > 0 ? "torch.dropout(x_BTD, " + decimal(dropout) + ", True)" : "x_BTD")
                .replace("$WEIGHTS", String.join(", ", BLOCK_WEIGHTS))
                .replace("$ADAPTER", unpackAdapter(adapted))
                .replace("$W", String.valueOf(BLOCK_WEIGHTS.size()))
                .replace("$A", String.valueOf(2 * adapted.size()))
                .replace("$H", String.valueOf(config.heads()))
                .replace("$G", String.valueOf(config.kvHeads()))
                .replace("$K", String.valueOf(config.headSize()));
        return LINEAR_CALL.matcher(source).replaceAll(call -> Matcher.quoteReplacement(linear(call.group(1), adapted)));
    }

    private static String unpackAdapter(List<String> adapted) {
        if (adapted.isEmpty()) {
            return "";
        }
        return adapted.stream()
                        .map(layer -> layer + "_A, " + layer + "_B")
                        .reduce((left, right) -> left + ", " + right)
                        .orElseThrow()
                + " = adapter";
    }

    /// `linear(layer, x)` with its arguments in the order of the operator that computes it: up to x, which
    /// follows.
    private static String linear(String layer, List<String> adapted) {
        return adapted.contains(layer)
                ? "self.lora_linear(" + layer + ", " + layer + "_A, " + layer + "_B, "
                : "self.plain_linear(" + layer + ", ";
    }

    /// A number as TorchScript text: always with a point, never shortened.
    static String decimal(double value) {
        String text = Double.toString(value).toLowerCase(Locale.ROOT);
        return text.contains(".") ? text : text + ".0";
    }
}
