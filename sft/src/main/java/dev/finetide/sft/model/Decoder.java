package dev.finetide.sft.model;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The decoder as TorchScript, in the order of the papers, each backward after its forward.
/// Everything that computes with a model runs this text, with [Attention], [LoraLinear] and
/// [TokenLoss].
///
/// Letters at the end of a name are the tensor's axes: B rows, T tokens, S tokens so far (cached
/// and new), D residual stream, H query heads, G key and value heads, K head size, F feed-forward,
/// V vocabulary, N picked positions, P = B·G and R = H/G·T where the query heads that share a key
/// head are folded into its rows.
///
/// Gradients are written out by hand: a forward pushes what its backward needs on the tape, the
/// backward pops it, and appends the gradients of weights that learn to `grads`, which so come out
/// in the reverse order of the weights. Numbers are baked in per model (`$NAME`).
final class Decoder {
    /// What one block takes, in the order of [WeightLayout#base].
    private static final List<String> BLOCK_WEIGHTS = List.of(
            "attention_norm", "q_proj", "k_proj", "v_proj", "o_proj", "mlp_norm", "gate_proj", "up_proj", "down_proj");

    private static final String SOURCE = """
              # n = w x / rms(x) (Zhang and Sennrich 2019).
              def rms_norm(self, x_BTD: Tensor, weight_D: Tensor, tape: List[Tensor]) -> Tensor:
                scale_BT1 = torch.rsqrt(torch.mean(torch.square(x_BTD), [-1], True) + $EPS)
                tape.append(x_BTD)
                tape.append(scale_BT1)
                return x_BTD * scale_BT1 * weight_D

              # With h = x / rms(x): dw = sum of dn h over tokens, dx = (w dn - h mean(w dn h)) / rms(x).
              def rms_norm_backward(self, dn_BTD: Tensor, weight_D: Tensor, tape: List[Tensor], grads: List[Tensor]
                  ) -> Tensor:
                scale_BT1 = tape.pop()
                h_BTD = tape.pop() * scale_BT1
                dnh_BTD = dn_BTD * h_BTD
                if $FULL:
                  grads.append(torch.sum(dnh_BTD, [0, 1]))
                mean_BT1 = torch.matmul(dnh_BTD, weight_D.unsqueeze(1)) / $D
                return torch.addcmul(dn_BTD * weight_D, h_BTD, mean_BT1, value=-1).mul_(scale_BT1)

              # f = silu(gate) up (SwiGLU, Shazeer 2020).
              def swiglu(self, gate_BTF: Tensor, up_BTF: Tensor, tape: List[Tensor]) -> Tensor:
                silu_BTF = torch.silu(gate_BTF)
                tape.append(gate_BTF)
                tape.append(up_BTF)
                tape.append(silu_BTF)
                return silu_BTF * up_BTF

              # The gradients of gate and up.
              def swiglu_backward(self, df_BTF: Tensor, tape: List[Tensor]) -> Tuple[Tensor, Tensor]:
                silu_BTF = tape.pop()
                up_BTF = tape.pop()
                gate_BTF = tape.pop()
                return (torch.silu_backward(df_BTF * up_BTF, gate_BTF), df_BTF * silu_BTF)

              def split_heads(self, x_BTD: Tensor) -> Tensor:
                return x_BTD.view([x_BTD.size(0), x_BTD.size(1), -1, $K]).transpose(1, 2)

              def merge_heads(self, x_BHTK: Tensor) -> Tensor:
                return x_BHTK.transpose(1, 2).flatten(2)

              # x + attention(norm(x)), then x + mlp(norm(x)). With a cache, a tensor of keys and one of values, the T tokens
              # continue what its first `at` columns hold.
              def block(self, x_BTD: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, cache: List[Tensor], at: int,
                  weights: List[Tensor], adapter: List[Tensor], tape: List[Tensor]) -> Tensor:
                $UNPACK
                n_BTD = self.rms_norm(x_BTD, attention_norm, tape)
                q_BHTK = self.rotate(self.split_heads(linear(q_proj, n_BTD, tape)), cos, sin)
                k_BGTK = self.rotate(self.split_heads(linear(k_proj, n_BTD, tape)), cos, sin)
                v_BGTK = self.split_heads(linear(v_proj, n_BTD, tape))
                if len(cache) > 0:
                  end = at + x_BTD.size(1)
                  cache[0][:, :, at:end].copy_(k_BGTK)
                  cache[1][:, :, at:end].copy_(v_BGTK)
                  y_BHTK = self.attention_to_cache(q_BHTK, cache[0][:, :, :end], cache[1][:, :, :end], mask)
                else:
                  y_BHTK = self.attention(q_BHTK, k_BGTK, v_BGTK, mask, tape)
                x_BTD = x_BTD + linear(o_proj, self.merge_heads(y_BHTK), tape)
                n_BTD = self.rms_norm(x_BTD, mlp_norm, tape)
                gate_BTF = linear(gate_proj, n_BTD, tape)
                up_BTF = linear(up_proj, n_BTD, tape)
                return x_BTD + linear(down_proj, self.swiglu(gate_BTF, up_BTF, tape), tape)

              def block_backward(self, dx_BTD: Tensor, cos: Tensor, sin: Tensor, weights: List[Tensor],
                  adapter: List[Tensor], tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                $UNPACK
                dgate_BTF, dup_BTF = self.swiglu_backward(linear_backward(down_proj, dx_BTD, tape, grads), tape)
                dn_BTD = linear_backward(up_proj, dup_BTF, tape, grads)
                dn_BTD.add_(linear_backward(gate_proj, dgate_BTF, tape, grads))
                dx_BTD = dx_BTD + self.rms_norm_backward(dn_BTD, mlp_norm, tape, grads)
                dy_BHTK = self.split_heads(linear_backward(o_proj, dx_BTD, tape, grads))
                dq_BHTK, dk_BGTK, dv_BGTK = self.attention_backward(dy_BHTK, tape)
                dq_BHTK = self.rotate(dq_BHTK, cos, -sin)
                dk_BGTK = self.rotate(dk_BGTK, cos, -sin)
                dn_BTD = linear_backward(v_proj, self.merge_heads(dv_BGTK), tape, grads)
                dn_BTD.add_(linear_backward(k_proj, self.merge_heads(dk_BGTK), tape, grads))
                dn_BTD.add_(linear_backward(q_proj, self.merge_heads(dq_BHTK), tape, grads))
                return dx_BTD + self.rms_norm_backward(dn_BTD, attention_norm, tape, grads)

              def cos_sin(self, positions_BT: Tensor, frequencies: Tensor) -> Tuple[Tensor, Tensor]:
                angles_B1TK = (positions_BT.unsqueeze(-1) * frequencies).unsqueeze(1)
                sin = torch.sin(angles_B1TK)
                return (torch.cos(angles_B1TK).repeat([1, 1, 1, 2]), torch.cat([-sin, sin], -1))

              # NEFTune (Jain et al. 2023): uniform within alpha / sqrt(T D). Its gradient is that of the embeddings.
              def neftune_noise(self, x_BTD: Tensor) -> Tensor:
                bound = $NEFTUNE / float(x_BTD.size(1) * x_BTD.size(2)) ** 0.5
                return torch.empty_like(x_BTD).uniform_(-bound, bound)

              # The residual stream after the last norm, from which the head predicts each next token.
              def decode(self, ids_BT: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, cache: List[Tensor], at: int,
                  weights: List[Tensor], adapter: List[Tensor], tape: List[Tensor], learning: bool) -> Tensor:
                x_BTD = torch.embedding(weights[0], ids_BT)
                if learning and $NEFTUNE > 0.0:
                  x_BTD = x_BTD + self.neftune_noise(x_BTD)
                for i in range($LAYERS):
                  x_BTD = self.block(x_BTD, cos, sin, mask, cache[2 * i:2 * i + 2], at,
                      weights[1 + $W * i:1 + $W * (i + 1)], adapter[$A * i:$A * (i + 1)], tape)
                  if not learning:
                    tape.clear()
                return self.rms_norm(x_BTD, weights[1 + $W * $LAYERS], tape)

              def decode_backward(self, dn_BTD: Tensor, ids_BT: Tensor, cos: Tensor, sin: Tensor, weights: List[Tensor],
                  adapter: List[Tensor], tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                dx_BTD = self.rms_norm_backward(dn_BTD, weights[1 + $W * $LAYERS], tape, grads)
                for i in range($LAYERS - 1, -1, -1):
                  dx_BTD = self.block_backward(dx_BTD, cos, sin,
                      weights[1 + $W * i:1 + $W * (i + 1)], adapter[$A * i:$A * (i + 1)], tape, grads)
                if $FULL:
                  grads.append(torch.embedding_dense_backward(dx_BTD, ids_BT, $VOCAB, -1, False))
                return dx_BTD

            """;

    private Decoder() {}

    /// The methods for one model.
    ///
    /// @param lora the adapter's shape, when one is to be computed
    /// @param training whether the adapter's dropout is on
    /// @param full whether the base weights learn
    static String source(ModelConfig config, Optional<LoraShape> lora, boolean training, boolean full) {
        List<String> adapted = lora.map(LoraShape::targets).orElse(List.of());
        String decoder = LoraLinear.calls(SOURCE, adapted)
                .replace("$UNPACK", unpack(adapted))
                .replace("$EPS", decimal(config.normEps()))
                .replace("$FULL", full ? "True" : "False")
                .replace("$LAYERS", String.valueOf(config.layers()))
                .replace("$VOCAB", String.valueOf(config.vocab()))
                .replace("$D", String.valueOf(config.hidden()))
                .replace("$K", String.valueOf(config.headSize()))
                .replace("$W", String.valueOf(BLOCK_WEIGHTS.size()))
                .replace("$A", String.valueOf(2 * adapted.size()));
        return Attention.source(config) + LoraLinear.source(lora, training, full) + decoder;
    }

    /// Gives a block's weights their names.
    private static String unpack(List<String> adapted) {
        String base = String.join(", ", BLOCK_WEIGHTS) + " = weights";
        if (adapted.isEmpty()) {
            return base;
        }
        return base + "\n    "
                + adapted.stream().map(layer -> layer + "_A, " + layer + "_B").collect(Collectors.joining(", "))
                + " = adapter";
    }

    /// A number as TorchScript text: always with a point, never shortened.
    static String decimal(double value) {
        String text = Double.toString(value).toLowerCase(Locale.ROOT);
        return text.contains(".") ? text : text + ".0";
    }
}
