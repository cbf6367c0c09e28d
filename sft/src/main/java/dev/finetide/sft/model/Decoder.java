package dev.finetide.sft.model;

import dev.finetide.sft.EngineOptions.Precision;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

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
///
/// Everything computes in one type, 6 (fp32) or 15 (bf16) as libtorch numbers them, but for what sums
/// or squares many numbers: that is fp32 always.
final class Decoder {
    private static final String SOURCE = """
              # n = w x / rms(x) over the last axis (Zhang and Sennrich 2019), for some families with w + 1 for w.
              def rms_norm(self, x_BTD: Tensor, weight_D: Tensor, tape: List[Tensor]) -> Tensor:
                float_BTD = torch.to(x_BTD, 6, False, False, None)
                scale_BT1 = torch.rsqrt(torch.mean(torch.square(float_BTD), [-1], True) + $EPS)
                tape.append(x_BTD)
                tape.append(scale_BT1)
                if $NORM_OFFSET:
                  offset_D = torch.to(weight_D, 6, False, False, None) + 1.0
                  return torch.to(float_BTD * scale_BT1 * offset_D, $TYPE, False, False, None)
                return torch.to(float_BTD * scale_BT1, $TYPE, False, False, None) * weight_D

              # With h = x / rms(x): dw = sum of dn h over tokens, dx = (w dn - h mean(w dn h)) / rms(x).
              def rms_norm_backward(self, dn_BTD: Tensor, weight_D: Tensor, tape: List[Tensor], grads: List[Tensor]
                  ) -> Tensor:
                if $NORM_OFFSET:
                  weight_D = weight_D + 1.0
                scale_BT1 = torch.to(tape.pop(), $TYPE, False, False, None)
                h_BTD = tape.pop() * scale_BT1
                dnh_BTD = dn_BTD * h_BTD
                if $FULL:
                  grads.append(dnh_BTD.sum_to_size(weight_D.size()))
                mean_BT1 = torch.mean(dnh_BTD * weight_D, [-1], True)
                return torch.addcmul(dn_BTD * weight_D, h_BTD, mean_BT1, value=-1).mul_(scale_BT1)

              # f = a(gate) up, where a is SiLU or GELU (SwiGLU and GEGLU, Shazeer 2020).
              def gated(self, gate_BTF: Tensor, up_BTF: Tensor, tape: List[Tensor]) -> Tensor:
                open_BTF = $ACTIVATION
                tape.append(gate_BTF)
                tape.append(up_BTF)
                tape.append(open_BTF)
                return open_BTF * up_BTF

              # The gradients of gate and up.
              def gated_backward(self, df_BTF: Tensor, tape: List[Tensor]) -> Tuple[Tensor, Tensor]:
                open_BTF = tape.pop()
                up_BTF = tape.pop()
                gate_BTF = tape.pop()
                dopen_BTF = df_BTF * up_BTF
                return ($ACTIVATION_BACKWARD, df_BTF * open_BTF)

              def split_heads(self, x_BTD: Tensor) -> Tensor:
                return x_BTD.view([x_BTD.size(0), x_BTD.size(1), -1, $K]).transpose(1, 2)

              def merge_heads(self, x_BHTK: Tensor) -> Tensor:
                return x_BHTK.transpose(1, 2).flatten(2)

              # The picked of the B·T positions, as one row of N; all as they are when none is picked.
              def pick(self, x_BTD: Tensor, picked_N: Tensor) -> Tensor:
                if picked_N.numel() == 0:
                  return x_BTD
                return torch.index_select(x_BTD.flatten(0, 1), 0, picked_N).unsqueeze(0)

              # Back to where the picked were, with zeros between them.
              def unpick(self, x_1ND: Tensor, picked_N: Tensor, ids_BT: Tensor) -> Tensor:
                if picked_N.numel() == 0:
                  return x_1ND
                x_BTD = torch.zeros([ids_BT.size(0), ids_BT.size(1), x_1ND.size(2)], dtype=x_1ND.dtype, device=x_1ND.device)
                x_BTD.flatten(0, 1).index_copy_(0, picked_N, x_1ND.squeeze(0))
                return x_BTD

              # x + attention(norm(x)), then x + mlp(norm(x)). With a cache, a tensor of keys and one of values, the T tokens
              # continue what its first `at` columns hold, and see what the one mask leaves; else there is one for each block of
              # queries. The last block goes on from attention with those positions only that are read after it.
              def block(self, x_BTD: Tensor, cos: Tensor, sin: Tensor, masks: List[Tensor], cache: List[Tensor], at: int,
                  picked_N: Tensor, weights: List[Tensor], adapter: List[Tensor], tape: List[Tensor]) -> Tensor:
                $UNPACK
                n_BTD = self.rms_norm(x_BTD, attention_norm, tape)
                q_BHTK = self.split_heads(linear(q_proj, n_BTD, tape))
                k_BGTK = self.split_heads(linear(k_proj, n_BTD, tape))
                v_BGTK = self.split_heads(linear(v_proj, n_BTD, tape))
                if $HEAD_NORMS:
                  q_BHTK = self.rms_norm(q_BHTK, q_norm, tape)
                  k_BGTK = self.rms_norm(k_BGTK, k_norm, tape)
                q_BHTK = self.rotate(q_BHTK, cos, sin)
                k_BGTK = self.rotate(k_BGTK, cos, sin)
                if len(cache) > 0:
                  end = at + x_BTD.size(1)
                  cache[0][:, :, at:end].copy_(k_BGTK)
                  cache[1][:, :, at:end].copy_(v_BGTK)
                  begin = end - masks[0].size(2)
                  y_BHTK = self.attention_to_cache(q_BHTK, cache[0][:, :, begin:end], cache[1][:, :, begin:end], masks[0])
                else:
                  y_BHTK = self.attention(q_BHTK, k_BGTK, v_BGTK, masks, tape)
                x_BTD = self.pick(x_BTD, picked_N)
                y_BTD = linear(o_proj, self.pick(self.merge_heads(y_BHTK), picked_N), tape)
                if $OUTPUT_NORMS:
                  y_BTD = self.rms_norm(y_BTD, attention_out_norm, tape)
                x_BTD = x_BTD + y_BTD
                n_BTD = self.rms_norm(x_BTD, mlp_norm, tape)
                gate_BTF = linear(gate_proj, n_BTD, tape)
                up_BTF = linear(up_proj, n_BTD, tape)
                y_BTD = linear(down_proj, self.gated(gate_BTF, up_BTF, tape), tape)
                if $OUTPUT_NORMS:
                  y_BTD = self.rms_norm(y_BTD, mlp_out_norm, tape)
                return x_BTD + y_BTD

              def block_backward(self, dx_BTD: Tensor, cos: Tensor, sin: Tensor, ids_BT: Tensor, picked_N: Tensor,
                  weights: List[Tensor], adapter: List[Tensor], tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                $UNPACK
                dy_BTD = dx_BTD
                if $OUTPUT_NORMS:
                  dy_BTD = self.rms_norm_backward(dy_BTD, mlp_out_norm, tape, grads)
                dgate_BTF, dup_BTF = self.gated_backward(linear_backward(down_proj, dy_BTD, tape, grads), tape)
                dn_BTD = linear_backward(up_proj, dup_BTF, tape, grads)
                dn_BTD.add_(linear_backward(gate_proj, dgate_BTF, tape, grads))
                dx_BTD = dx_BTD + self.rms_norm_backward(dn_BTD, mlp_norm, tape, grads)
                dy_BTD = dx_BTD
                if $OUTPUT_NORMS:
                  dy_BTD = self.rms_norm_backward(dy_BTD, attention_out_norm, tape, grads)
                dx_BTD = self.unpick(dx_BTD, picked_N, ids_BT)
                dy_BTD = self.unpick(linear_backward(o_proj, dy_BTD, tape, grads), picked_N, ids_BT)
                dy_BHTK = self.split_heads(dy_BTD)
                dq_BHTK, dk_BGTK, dv_BGTK = self.attention_backward(dy_BHTK, tape)
                dq_BHTK = self.rotate(dq_BHTK, cos, -sin)
                dk_BGTK = self.rotate(dk_BGTK, cos, -sin)
                if $HEAD_NORMS:
                  dk_BGTK = self.rms_norm_backward(dk_BGTK, k_norm, tape, grads)
                  dq_BHTK = self.rms_norm_backward(dq_BHTK, q_norm, tape, grads)
                dn_BTD = linear_backward(v_proj, self.merge_heads(dv_BGTK), tape, grads)
                dn_BTD.add_(linear_backward(k_proj, self.merge_heads(dk_BGTK), tape, grads))
                dn_BTD.add_(linear_backward(q_proj, self.merge_heads(dq_BHTK), tape, grads))
                return dx_BTD + self.rms_norm_backward(dn_BTD, attention_norm, tape, grads)

              # For each kind of block. A block without rotary positions has frequencies 0: it turns by no angle. YaRN makes the
              # rotated longer, by its amplitude.
              def cos_sin(self, positions_BT: Tensor, frequencies: List[Tensor]) -> Tuple[List[Tensor], List[Tensor]]:
                cos = annotate(List[Tensor], [])
                sin = annotate(List[Tensor], [])
                amplitudes = $AMPLITUDES
                for kind in range(len(frequencies)):
                  angles_B1TK = (positions_BT.unsqueeze(-1) * frequencies[kind]).unsqueeze(1)
                  sines = torch.sin(angles_B1TK)
                  cosines = torch.cos(angles_B1TK)
                  if amplitudes[kind] != 1.0:
                    sines.mul_(amplitudes[kind])
                    cosines.mul_(amplitudes[kind])
                  cos.append(torch.to(cosines.repeat([1, 1, 1, 2]), $TYPE, False, False, None))
                  sin.append(torch.to(torch.cat([-sines, sines], -1), $TYPE, False, False, None))
                return (cos, sin)

              # NEFTune (Jain et al. 2023): uniform within alpha / sqrt(L D), where L is the length of the token's own row. Its
              # gradient is that of the embeddings.
              def neftune_noise(self, x_BTD: Tensor, length_BT: Tensor) -> Tensor:
                bound_BT1 = torch.rsqrt(torch.to(length_BT, 6, False, False, None).unsqueeze(2) * x_BTD.size(2)) * $NEFTUNE
                return torch.empty_like(x_BTD).uniform_(-1.0, 1.0) * torch.to(bound_BT1, $TYPE, False, False, None)

              # Dropout has to repeat when a block is computed again: its generator starts anew from a seed on the tape.
              def push_seed(self, tape: List[Tensor]) -> Tensor:
                seed = torch.randint(0, 1073741824, [1])
                tape.append(seed)
                torch.manual_seed(int(seed))
                return seed

              def pop_seed(self, tape: List[Tensor]) -> Tensor:
                seed = tape.pop()
                torch.manual_seed(int(seed))
                return seed

              # The residual stream after the last norm, from which the head predicts each next token: at the picked of the B·T
              # positions, [1, N, D], or at all, [B, T, D], when none is. cos, sin and masks have an entry for each kind of block;
              # length_BT is there while learning. With activation checkpointing (Chen et al. 2016) the tape gets only what goes
              # into each block, and what dropout draws from.
              def decode(self, ids_BT: Tensor, cos: List[Tensor], sin: List[Tensor], masks: List[List[Tensor]],
                  cache: List[Tensor], at: int, picked_N: Tensor, weights: List[Tensor], adapter: List[Tensor],
                  tape: List[Tensor], length_BT: Optional[Tensor]) -> Tensor:
                kinds = $KINDS
                x_BTD = torch.embedding(weights[0], ids_BT)
                if $EMBEDDING_SCALED:
                  x_BTD = x_BTD * torch.full([], $EMBEDDING_SCALE, dtype=x_BTD.dtype, device=x_BTD.device)
                if length_BT is not None:
                  if $NEFTUNE > 0.0:
                    x_BTD = x_BTD + self.neftune_noise(x_BTD, length_BT)
                if $RECOMPUTE:
                  self.push_seed(tape)
                for i in range($LAYERS):
                  kind = kinds[i]
                  block_tape = tape
                  if $RECOMPUTE:
                    tape.append(x_BTD)
                    self.push_seed(tape)
                  if $RECOMPUTE or length_BT is None:
                    block_tape = annotate(List[Tensor], [])
                  x_BTD = self.block(x_BTD, cos[kind], sin[kind], masks[kind], cache[2 * i:2 * i + 2], at,
                      picked_N if i == $LAYERS - 1 else picked_N[:0], weights[1 + $W * i:1 + $W * (i + 1)],
                      adapter[$A * i:$A * (i + 1)], block_tape)
                return self.rms_norm(x_BTD, weights[1 + $W * $LAYERS], tape)

              def decode_backward(self, dn_1ND: Tensor, ids_BT: Tensor, cos: List[Tensor], sin: List[Tensor],
                  masks: List[List[Tensor]], picked_N: Tensor, weights: List[Tensor], adapter: List[Tensor],
                  tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                kinds = $KINDS
                dx_BTD = self.rms_norm_backward(dn_1ND, weights[1 + $W * $LAYERS], tape, grads)
                for i in range($LAYERS - 1, -1, -1):
                  kind = kinds[i]
                  block_weights = weights[1 + $W * i:1 + $W * (i + 1)]
                  block_adapter = adapter[$A * i:$A * (i + 1)]
                  read_N = picked_N if i == $LAYERS - 1 else picked_N[:0]
                  if $RECOMPUTE:
                    self.pop_seed(tape)
                    x_BTD = tape.pop()
                    cache = annotate(List[Tensor], [])
                    self.block(x_BTD, cos[kind], sin[kind], masks[kind], cache, 0, read_N, block_weights, block_adapter, tape)
                  dx_BTD = self.block_backward(dx_BTD, cos[kind], sin[kind], ids_BT, read_N, block_weights, block_adapter,
                      tape, grads)
                if $RECOMPUTE:
                  self.pop_seed(tape)
                if $EMBEDDING_SCALED:
                  dx_BTD = dx_BTD * torch.full([], $EMBEDDING_SCALE, dtype=dx_BTD.dtype, device=dx_BTD.device)
                if $FULL:
                  dx_BTD = torch.to(dx_BTD, 6, False, False, None)
                  grads.append(torch.embedding_dense_backward(dx_BTD, ids_BT, $VOCAB, -1, False))
                return dx_BTD

            """;

    private Decoder() {}

    /// The methods for one model.
    ///
    /// @param lora the adapter's shape, when one is to be computed
    /// @param training whether the adapter's dropout is on
    /// @param full whether the base weights learn
    static String source(
            ModelConfig config, Optional<LoraShape> lora, boolean training, boolean full, Precision precision) {
        List<String> weights = WeightLayout.block(config).stream()
                .flatMap(weight -> weight.variables(config).stream())
                .toList();
        List<String> adapter = lora.map(LoraLinear::variables).orElse(List.of());
        ModelConfig.Variant variant = config.variant();
        List<Integer> kinds =
                config.blocks().stream().map(config.blockKinds()::indexOf).toList();
        String decoder = LoraLinear.calls(SOURCE, config, lora)
                .replace("$UNPACK", unpack(weights, adapter))
                .replace("$EPS", decimal(config.normEps()))
                .replace("$NORM_OFFSET", flag(variant.normOffset()))
                .replace("$HEAD_NORMS", flag(variant.headNorms()))
                .replace("$OUTPUT_NORMS", flag(variant.outputNorms()))
                .replace("$EMBEDDING_SCALED", flag(variant.embeddingScale() != 1))
                .replace("$EMBEDDING_SCALE", decimal(variant.embeddingScale()))
                .replace("$ACTIVATION_BACKWARD", activationBackward(variant.activation()))
                .replace("$ACTIVATION", activation(variant.activation()))
                .replace("$KINDS", kinds.toString())
                .replace("$AMPLITUDES", amplitudes(config).toString())
                .replace("$FULL", flag(full))
                .replace("$LAYERS", String.valueOf(config.layers()))
                .replace("$TYPE", String.valueOf(precision.scalarType()))
                .replace("$VOCAB", String.valueOf(config.vocab()))
                .replace("$K", String.valueOf(config.headSize()))
                .replace("$W", String.valueOf(weights.size()))
                .replace("$A", String.valueOf(adapter.size()));
        String quantized = config.nf4() ? Nf4.source(precision) : "";
        return Products.source(precision)
                + Attention.source(config, precision)
                + quantized
                + LoraLinear.source(config, lora, training, full)
                + decoder;
    }

    /// Of rotary positions, for each kind of block.
    private static List<String> amplitudes(ModelConfig config) {
        return config.blockKinds().stream()
                .map(kind -> decimal(kind.rope().map(Rope::amplitude).orElse(1.0)))
                .toList();
    }

    private static String activation(ModelConfig.Activation activation) {
        return switch (activation) {
            case SILU -> "torch.silu(gate_BTF)";
            case GELU_TANH -> "torch.gelu(gate_BTF, approximate=\"tanh\")";
        };
    }

    private static String activationBackward(ModelConfig.Activation activation) {
        return switch (activation) {
            case SILU -> "torch.silu_backward(dopen_BTF, gate_BTF)";
            case GELU_TANH -> "torch.gelu_backward(dopen_BTF, gate_BTF, approximate=\"tanh\")";
        };
    }

    /// Gives a block's weights their names.
    private static String unpack(List<String> weights, List<String> adapter) {
        String base = String.join(", ", weights) + " = weights";
        return adapter.isEmpty() ? base : base + "\n    " + String.join(", ", adapter) + " = adapter";
    }

    static String flag(boolean value) {
        return value ? "True" : "False";
    }

    /// A number as TorchScript text: always with a point, never shortened.
    static String decimal(double value) {
        String text = Double.toString(value).toLowerCase(Locale.ROOT);
        return text.contains(".") ? text : text + ".0";
    }
}
