package dev.finetide.sft.decoder;

import dev.finetide.sft.lora.LoraLinear;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.model.Nf4;
import dev.finetide.sft.model.Rope;
import dev.finetide.sft.model.WeightLayout;
import dev.finetide.sft.torch.MatrixProducts;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchText;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The decoder as TorchScript, in the order of the papers, each backward after its forward.
/// Everything that computes with a model runs this text, with [Attention], [LoraLinear] and
/// [TokenLoss].
///
/// Letters at the end of a name are the tensor's axes: N tokens of all rows, one row after the
/// other, D residual stream, H query heads, G key and value heads, K head size, F feed-forward, V
/// vocabulary, L positions whose next token is read, of which M have a target (the others are
/// padding). Only attention sees rows: B of them, T tokens long; S tokens so far
/// (cached and new), P = B·G and R = T·X where the X = H/G query heads that share a key head are
/// folded into its rows, of which Q are a block.
///
/// Gradients are written out by hand: a forward pushes what its backward needs on the tape, the
/// backward pops it, and appends the gradients of weights that learn to `grads`, which so come out
/// in the reverse order of the weights. Numbers are baked in per model (`$NAME`).
///
/// What nobody holds any more is overwritten (`add_`, `mul_`): a new tensor would push others out of the cache. That is
/// so for what a linear layer, its backward or a norm returns.
///
/// Everything computes in one type, 6 (fp32) or 15 (bf16) as libtorch numbers them, but for what sums
/// or squares many numbers: that is fp32 always.
final class Decoder {
    private static final String SOURCE = """
              # n = w x / rms(x) over the last axis (Zhang and Sennrich 2019), for some families with w + 1 for w.
              def rms_norm(self, x_ND: Tensor, weight_D: Tensor, tape: List[Tensor]) -> Tensor:
                float_ND = torch.to(x_ND, 6, False, False, None)
                scale_N1 = torch.mean(torch.square(float_ND), [-1], True).add_($EPS).rsqrt_()
                tape.append(x_ND)
                tape.append(scale_N1)
                if $NORM_OFFSET:
                  offset_D = torch.to(weight_D, 6, False, False, None) + 1.0
                  return torch.to(float_ND * scale_N1 * offset_D, $TYPE, False, False, None)
                return torch.to(float_ND * scale_N1, $TYPE, False, False, None).mul_(weight_D)

              # With h = x / rms(x): dw = sum of dn h over tokens, dx = (w dn - h mean(w dn h)) / rms(x).
              def rms_norm_backward(self, dn_ND: Tensor, weight_D: Tensor, tape: List[Tensor], grads: List[Tensor]
                  ) -> Tensor:
                if $NORM_OFFSET:
                  weight_D = torch.to(weight_D, 6, False, False, None) + 1.0
                scale_N1 = tape.pop()
                h_ND = torch.to(tape.pop(), 6, False, False, None) * scale_N1
                dnh_ND = dn_ND * h_ND
                if $FULL:
                  grads.append(dnh_ND.sum_to_size(weight_D.size()))
                mean_N1 = torch.mean(dnh_ND.mul_(weight_D), [-1], True)
                dh_ND = torch.to(dn_ND * weight_D, 6, False, False, None)
                dx_ND = dh_ND.sub_(h_ND.mul_(mean_N1)).mul_(scale_N1)
                return torch.to(dx_ND, $TYPE, False, False, None)

              # f = a(gate) up, where a is SiLU or GELU (SwiGLU and GEGLU, Shazeer 2020).
              def gated(self, gate_NF: Tensor, up_NF: Tensor, tape: List[Tensor]) -> Tensor:
                tape.append(gate_NF)
                tape.append(up_NF)
                return $ACTIVATION.mul_(up_NF)

              # The gradients of gate and up. a(gate) is computed again: that takes no longer than to keep it.
              def gated_backward(self, df_NF: Tensor, tape: List[Tensor]) -> Tuple[Tensor, Tensor]:
                up_NF = tape.pop()
                gate_NF = tape.pop()
                dup_NF = $ACTIVATION.mul_(df_NF)
                dopen_NF = df_NF.mul_(up_NF)
                return ($ACTIVATION_BACKWARD, dup_NF)

              def split_heads(self, x_ND: Tensor) -> Tensor:
                return x_ND.view([x_ND.size(0), -1, $K])

              # The picked positions, or all.
              def pick(self, x_ND: Tensor, picked_L: Optional[Tensor]) -> Tensor:
                return x_ND if picked_L is None else torch.index_select(x_ND, 0, picked_L)

              # Back to where the picked were, with zeros between them.
              def unpick(self, x_LD: Tensor, picked_L: Optional[Tensor], tokens: int) -> Tensor:
                if picked_L is None:
                  return x_LD
                x_ND = torch.zeros([tokens, x_LD.size(1)], dtype=x_LD.dtype, device=x_LD.device)
                return x_ND.index_copy_(0, picked_L, x_LD)

              # x + attention(norm(x)), then x + mlp(norm(x)). With a cache, a tensor of keys and one of values, the rows
              # continue what its first `at` columns hold, and see what the one mask leaves; else each span of queries has one.
              # The last block goes on from attention with those positions only that are read after it.
              def block(self, x_ND: Tensor, places: List[Tensor], spans: List[Tuple[int, int, int, int]], cos_NHK: Tensor,
                  sin_NHK: Tensor, masks: List[Tensor], cache: List[Tensor], at: int, picked_L: Optional[Tensor],
                  weights: List[Tensor], adapter: List[Tensor], tape: List[Tensor]) -> Tensor:
                $UNPACK
                n_ND = self.rms_norm(x_ND, attention_norm, tape)
                q_NHK = self.split_heads(linear(q_proj, n_ND, tape))
                k_NGK = self.split_heads(linear(k_proj, n_ND, tape))
                v_NGK = self.split_heads(linear(v_proj, n_ND, tape))
                if $HEAD_NORMS:
                  q_NHK = self.rms_norm(q_NHK, q_norm, tape)
                  k_NGK = self.rms_norm(k_NGK, k_norm, tape)
                q_NHK = self.rotate_(q_NHK, cos_NHK, sin_NHK, 1)
                k_NGK = self.rotate_(k_NGK, cos_NHK, sin_NHK, 1)
                if len(cache) > 0:
                  y_NHK = self.attention_to_cache(q_NHK, k_NGK, v_NGK, places, cache, at, masks[0])
                else:
                  y_NHK = self.attention(q_NHK, k_NGK, v_NGK, places, spans, masks, tape)
                x_ND = self.pick(x_ND, picked_L)
                y_ND = linear(o_proj, self.pick(y_NHK.flatten(1), picked_L), tape)
                if $OUTPUT_NORMS:
                  y_ND = self.rms_norm(y_ND, attention_out_norm, tape)
                x_ND = y_ND.add_(x_ND)
                n_ND = self.rms_norm(x_ND, mlp_norm, tape)
                gate_NF = linear(gate_proj, n_ND, tape)
                up_NF = linear(up_proj, n_ND, tape)
                y_ND = linear(down_proj, self.gated(gate_NF, up_NF, tape), tape)
                if $OUTPUT_NORMS:
                  y_ND = self.rms_norm(y_ND, mlp_out_norm, tape)
                return y_ND.add_(x_ND)

              def block_backward(self, dx_ND: Tensor, places: List[Tensor], spans: List[Tuple[int, int, int, int]],
                  shared: int, cos_NHK: Tensor, sin_NHK: Tensor, masks: List[Tensor], picked_L: Optional[Tensor],
                  weights: List[Tensor], adapter: List[Tensor], tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                $UNPACK
                dy_ND = dx_ND
                if $OUTPUT_NORMS:
                  dy_ND = self.rms_norm_backward(dy_ND, mlp_out_norm, tape, grads)
                dgate_NF, dup_NF = self.gated_backward(linear_backward(down_proj, dy_ND, tape, grads), tape)
                dn_ND = linear_backward(up_proj, dup_NF, tape, grads)
                dn_ND.add_(linear_backward(gate_proj, dgate_NF, tape, grads))
                dx_ND = self.rms_norm_backward(dn_ND, mlp_norm, tape, grads).add_(dx_ND)
                dy_ND = dx_ND
                if $OUTPUT_NORMS:
                  dy_ND = self.rms_norm_backward(dy_ND, attention_out_norm, tape, grads)
                dx_ND = self.unpick(dx_ND, picked_L, cos_NHK.size(0))
                dy_ND = self.unpick(linear_backward(o_proj, dy_ND, tape, grads), picked_L, cos_NHK.size(0))
                dq_NHK, dk_NGK, dv_NGK = self.attention_backward(self.split_heads(dy_ND), places, spans, shared, masks,
                    tape)
                dq_NHK = self.rotate_(dq_NHK, cos_NHK, sin_NHK, -1)
                dk_NGK = self.rotate_(dk_NGK, cos_NHK, sin_NHK, -1)
                if $HEAD_NORMS:
                  dk_NGK = self.rms_norm_backward(dk_NGK, k_norm, tape, grads)
                  dq_NHK = self.rms_norm_backward(dq_NHK, q_norm, tape, grads)
                dn_ND = linear_backward(v_proj, dv_NGK.flatten(1), tape, grads)
                dn_ND.add_(linear_backward(k_proj, dk_NGK.flatten(1), tape, grads))
                dn_ND.add_(linear_backward(q_proj, dq_NHK.flatten(1), tape, grads))
                return self.rms_norm_backward(dn_ND, attention_norm, tape, grads).add_(dx_ND)

              # For each kind of block. A block without rotary positions has frequencies 0: it turns by no angle. YaRN makes the
              # rotated longer, by its amplitude. All heads have the same; they are written out because operators that
              # broadcast K numbers at a time take five times as long where K is small.
              def cos_sin(self, positions_N: Tensor, frequencies: List[Tensor]) -> Tuple[List[Tensor], List[Tensor]]:
                cos = annotate(List[Tensor], [])
                sin = annotate(List[Tensor], [])
                amplitudes = $AMPLITUDES
                for kind in range(len(frequencies)):
                  angles_N1K = (positions_N.unsqueeze(1) * frequencies[kind]).unsqueeze(1)
                  sines = torch.sin(angles_N1K)
                  cosines = torch.cos(angles_N1K)
                  if amplitudes[kind] != 1.0:
                    sines.mul_(amplitudes[kind])
                    cosines.mul_(amplitudes[kind])
                  cos.append(torch.to(cosines.repeat([1, $H, 2]), $TYPE, False, False, None))
                  sin.append(torch.to(torch.cat([-sines, sines], -1).repeat([1, $H, 1]), $TYPE, False, False, None))
                return (cos, sin)

              # NEFTune (Jain et al. 2023): uniform within alpha / sqrt(L D), where L is the length of the token's own row. Its
              # gradient is that of the embeddings.
              def neftune_noise(self, x_ND: Tensor, length_N: Tensor) -> Tensor:
                bound_N1 = torch.rsqrt(torch.to(length_N, 6, False, False, None).unsqueeze(1) * x_ND.size(1)) * $NEFTUNE
                return torch.empty_like(x_ND).uniform_(-1.0, 1.0) * torch.to(bound_N1, $TYPE, False, False, None)

              # Dropout has to repeat when a block is computed again: its generator starts anew from a seed on the tape.
              def push_seed(self, tape: List[Tensor]) -> None:
                seed = torch.randint(0, 1073741824, [1])
                tape.append(seed)
                torch.manual_seed(int(seed))

              def pop_seed(self, tape: List[Tensor]) -> None:
                torch.manual_seed(int(tape.pop()))

              # The residual stream after the last norm, from which the head predicts each next token: at the picked positions,
              # [L, D], or at all, [N, D]. places and spans are attention's, spans those of all blocks and those of the
              # last; cos, sin and masks have an entry for each kind of block; length_N is there while learning; the blocks before
              # the first are left out, in a warm-up.
              # With activation checkpointing (Chen et al. 2016) the tape gets only what goes into each block, and what dropout
              # draws from; at its bottom is the seed that the backward leaves behind, or the next micro-batch would draw what the
              # blocks of this one have drawn.
              def decode(self, ids_N: Tensor, places: List[Tensor], spans: List[List[Tuple[int, int, int, int]]],
                  cos: List[Tensor], sin: List[Tensor], masks: List[List[Tensor]], cache: List[Tensor], at: int,
                  picked_L: Optional[Tensor], weights: List[Tensor], adapter: List[Tensor], tape: List[Tensor],
                  length_N: Optional[Tensor], first: int) -> Tensor:
                kinds = $KIND_OF_BLOCK
                x_ND = torch.embedding(weights[0], ids_N)
                if $EMBEDDING_SCALED:
                  x_ND = x_ND * torch.full([], $EMBEDDING_SCALE, dtype=x_ND.dtype, device=x_ND.device)
                if length_N is not None:
                  if $NEFTUNE > 0.0:
                    x_ND = x_ND + self.neftune_noise(x_ND, length_N)
                if $RECOMPUTE:
                  self.push_seed(tape)
                for i in range(first, $LAYERS):
                  kind = kinds[i]
                  block_tape = tape
                  if $RECOMPUTE:
                    tape.append(x_ND)
                    self.push_seed(tape)
                  if $RECOMPUTE or length_N is None:
                    block_tape = annotate(List[Tensor], [])
                  last = i == $LAYERS - 1
                  x_ND = self.block(x_ND, places, spans[int(last)], cos[kind], sin[kind], masks[kind], cache[2 * i:2 * i + 2],
                      at, picked_L if last else None, weights[1 + $W * i:1 + $W * (i + 1)], adapter[$A * i:$A * (i + 1)],
                      block_tape)
                return self.rms_norm(x_ND, weights[1 + $W * $LAYERS], tape)

              def decode_backward(self, dn_LD: Tensor, ids_N: Tensor, places: List[Tensor],
                  spans: List[List[Tuple[int, int, int, int]]], shared: int, cos: List[Tensor], sin: List[Tensor],
                  masks: List[List[Tensor]], picked_L: Tensor, weights: List[Tensor], adapter: List[Tensor],
                  tape: List[Tensor], grads: List[Tensor], first: int) -> None:
                kinds = $KIND_OF_BLOCK
                dx_ND = self.rms_norm_backward(dn_LD, weights[1 + $W * $LAYERS], tape, grads)
                for i in range($LAYERS - 1, first - 1, -1):
                  kind = kinds[i]
                  block_weights = weights[1 + $W * i:1 + $W * (i + 1)]
                  block_adapter = adapter[$A * i:$A * (i + 1)]
                  last = i == $LAYERS - 1
                  read_L = picked_L if last else None
                  if $RECOMPUTE:
                    self.pop_seed(tape)
                    x_ND = tape.pop()
                    cache = annotate(List[Tensor], [])
                    self.block(x_ND, places, spans[int(last)], cos[kind], sin[kind], masks[kind], cache, 0, read_L,
                        block_weights, block_adapter, tape)
                  dx_ND = self.block_backward(dx_ND, places, spans[int(last)], shared, cos[kind], sin[kind], masks[kind],
                      read_L, block_weights, block_adapter, tape, grads)
                if $RECOMPUTE:
                  self.pop_seed(tape)
                if $FULL:
                  if $EMBEDDING_SCALED:
                    dx_ND = dx_ND * torch.full([], $EMBEDDING_SCALE, dtype=dx_ND.dtype, device=dx_ND.device)
                  dx_ND = torch.to(dx_ND, 6, False, False, None)
                  grads.append(torch.embedding_dense_backward(dx_ND, ids_N, $VOCAB, -1, False))

            """;

    private Decoder() {}

    /// What computing gradients needs to know beside the model. The adapter learns, or all weights when
    /// there is none.
    ///
    /// @param neftuneAlpha noise on the embeddings, 0 for none
    /// @param tape what the forward keeps for the backward
    record Learning(double neftuneAlpha, KeptActivations tape) {}

    /// The methods for one model.
    ///
    /// @param lora the adapter's shape, when one is to be computed
    /// @param learning when gradients are to be computed
    static String source(
            ModelConfig config, Optional<LoraShape> lora, Optional<Learning> learning, Precision precision) {
        List<String> weights = WeightLayout.block(config).stream()
                .flatMap(weight -> weight.variables(config).stream())
                .toList();
        List<String> adapter = lora.map(LoraLinear::variables).orElse(List.of());
        ModelConfig.Variant variant = config.variant();
        KeptActivations tape = learning.map(Learning::tape).orElse(KeptActivations.WITHOUT_SCORES);
        String decoder = TorchText.fill(
                LoraLinear.calls(SOURCE, config, lora),
                Map.ofEntries(
                        Map.entry("UNPACK", unpack(weights, adapter)),
                        Map.entry("EPS", config.normEps()),
                        Map.entry("NORM_OFFSET", variant.normOffset()),
                        Map.entry("HEAD_NORMS", variant.headNorms()),
                        Map.entry("OUTPUT_NORMS", variant.outputNorms()),
                        Map.entry("EMBEDDING_SCALED", variant.embeddingScale() != 1),
                        Map.entry("EMBEDDING_SCALE", variant.embeddingScale()),
                        Map.entry("ACTIVATION", activation(variant.activation())),
                        Map.entry("ACTIVATION_BACKWARD", activationBackward(variant.activation())),
                        Map.entry("KIND_OF_BLOCK", kindOfBlock(config)),
                        Map.entry("AMPLITUDES", amplitudes(config)),
                        Map.entry("FULL", learning.isPresent() && lora.isEmpty()),
                        Map.entry(
                                "NEFTUNE", learning.map(Learning::neftuneAlpha).orElse(0.0)),
                        Map.entry("RECOMPUTE", tape == KeptActivations.BLOCK_INPUTS),
                        Map.entry("LAYERS", config.layers()),
                        Map.entry("TYPE", precision.scalarType()),
                        Map.entry("VOCAB", config.vocab()),
                        Map.entry("H", config.heads()),
                        Map.entry("K", config.headSize()),
                        Map.entry("W", weights.size()),
                        Map.entry("A", adapter.size())));
        return MatrixProducts.source(precision)
                + Attention.source(config, precision, tape)
                + (config.nf4() ? Nf4.source(precision) : "")
                + LoraLinear.source(config, lora, learning.isPresent())
                + decoder;
    }

    private static List<Integer> kindOfBlock(ModelConfig config) {
        return config.blocks().stream().map(config.blockKinds()::indexOf).toList();
    }

    /// Of rotary positions, for each kind of block.
    private static List<Double> amplitudes(ModelConfig config) {
        return config.blockKinds().stream()
                .map(kind -> kind.rope().map(Rope::amplitude).orElse(1.0))
                .toList();
    }

    private static String activation(ModelConfig.Activation activation) {
        return switch (activation) {
            case SILU -> "torch.silu(gate_NF)";
            case GELU_TANH -> "torch.gelu(gate_NF, approximate=\"tanh\")";
        };
    }

    private static String activationBackward(ModelConfig.Activation activation) {
        return switch (activation) {
            case SILU -> "torch.silu_backward(dopen_NF, gate_NF, grad_input=dopen_NF)";
            case GELU_TANH -> "torch.gelu_backward(dopen_NF, gate_NF, approximate=\"tanh\", grad_input=dopen_NF)";
        };
    }

    /// Gives a block's weights their names.
    private static String unpack(List<String> weights, List<String> adapter) {
        String base = String.join(", ", weights) + " = weights";
        return adapter.isEmpty() ? base : base + "\n    " + String.join(", ", adapter) + " = adapter";
    }
}
