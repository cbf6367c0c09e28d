package dev.finetide.sft.lora;

import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.torch.TorchText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Linear layers, plain and adapted, forward and backward, as TorchScript. Axes as in [Decoder]; O
/// outputs and R rank.
///
/// Plain: y = x W' + bias; dx = dy W, dW = dy' x, dbias = sum of dy over tokens.
///
/// LoRA (Hu et al. 2021): y = x W' + s (x A') B' + bias, where x may be dropped out before A; dB = s
/// dy' (x A'), dA = s (dy B)' x, dx = dy W + s dy B A.
///
/// DoRA (Liu et al. 2024): y = c z + bias with z = x W' + s (x A') B' and c = m / |W + s B A|, the
/// norm of each output's weights, which counts as a constant (section 4.3 of the paper); dm = sum of
/// dy z over tokens / norm, and the rest as in LoRA with c dy for dy. Dropped out is x in z, and y
/// gets (x - dropped) W' as PEFT does it.
///
/// s is one number for the program; where modules differ in it, B comes in scaled ([DecoderProgram]).
///
/// W and bias learn in full fine-tuning, A, B and m learn in the others.
public final class LoraLinear {
    /// `linear(layer, …` and `linear_backward(layer, …` in the block's text, where `layer` is one
    /// of its weights.
    private static final Pattern CALL = Pattern.compile("\\blinear(|_backward)\\((\\w+_proj), ");

    private static final String SOURCE = """
              def plain_linear(self, weight_OI: Tensor, bias_O: Optional[Tensor], x_NI: Tensor, tape: List[Tensor]) -> Tensor:
                if $FULL:
                  tape.append(x_NI)
                return self.matmul_nt(x_NI, weight_OI, bias_O)

              def plain_linear_backward(self, weight_OI: Tensor, bias_O: Optional[Tensor], dy_NO: Tensor, tape: List[Tensor],
                  grads: List[Tensor]) -> Tensor:
                if $FULL:
                  x_NI = tape.pop()
                  if bias_O is not None:
                    grads.append(torch.sum(dy_NO, [0]))
                  grads.append(self.matmul_tn(dy_NO, x_NI))
                return self.matmul_nn(dy_NO, weight_OI)

              def lora_linear(self, weight_OI: Tensor, bias_O: Optional[Tensor], a_RI: Tensor, b_OR: Tensor, x_NI: Tensor,
                  tape: List[Tensor]) -> Tensor:
                if $UNEVEN:
                  if a_RI.size(0) == 0:
                    return self.plain_linear(weight_OI, bias_O, x_NI, tape)
                dropped_NI = x_NI
                if $DROPOUT > 0.0:
                  dropped_NI, kept_NI = torch.native_dropout(x_NI, $DROPOUT, True)
                  tape.append(kept_NI)
                low_NR = self.matmul_nt(dropped_NI, a_RI, None)
                tape.append(dropped_NI)
                tape.append(low_NR)
                y_NO = self.matmul_nt(x_NI, weight_OI, bias_O)
                y_NO.addmm_(low_NR, b_OR.t(), beta=1, alpha=$LORA_SCALE)
                return y_NO

              def lora_linear_backward(self, weight_OI: Tensor, bias_O: Optional[Tensor], a_RI: Tensor, b_OR: Tensor, dy_NO: Tensor,
                  tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                if $UNEVEN:
                  if a_RI.size(0) == 0:
                    return self.plain_linear_backward(weight_OI, bias_O, dy_NO, tape, grads)
                low_NR = tape.pop()
                dropped_NI = tape.pop()
                dlow_NR = self.matmul_nn(dy_NO, b_OR) * $LORA_SCALE
                grads.append(self.matmul_tn(dy_NO, low_NR) * $LORA_SCALE)
                grads.append(self.matmul_tn(dlow_NR, dropped_NI))
                dx_NI = self.matmul_nn(dy_NO, weight_OI)
                if $DROPOUT > 0.0:
                  ddropped_NI = torch.mm(dlow_NR, a_RI)
                  dx_NI.add_(torch.native_dropout_backward(ddropped_NI, tape.pop(), 1.0 / (1.0 - $DROPOUT)))
                else:
                  dx_NI.addmm_(dlow_NR, a_RI)
                return dx_NI

              def dora_linear(self, weight_OI: Tensor, bias_O: Optional[Tensor], a_RI: Tensor, b_OR: Tensor, magnitude_O: Tensor,
                  x_NI: Tensor, tape: List[Tensor]) -> Tensor:
                if $UNEVEN:
                  if a_RI.size(0) == 0:
                    return self.plain_linear(weight_OI, bias_O, x_NI, tape)
                dropped_NI = x_NI
                if $DROPOUT > 0.0:
                  dropped_NI, kept_NI = torch.native_dropout(x_NI, $DROPOUT, True)
                  tape.append(kept_NI)
                norm_O = torch.linalg_vector_norm(torch.addmm(weight_OI, b_OR, a_RI, beta=1, alpha=$LORA_SCALE), 2, [1])
                low_NR = self.matmul_nt(dropped_NI, a_RI, None)
                z_NO = self.matmul_nt(dropped_NI, weight_OI, None)
                z_NO.addmm_(low_NR, b_OR.t(), beta=1, alpha=$LORA_SCALE)
                tape.append(dropped_NI)
                tape.append(low_NR)
                tape.append(z_NO)
                tape.append(norm_O)
                y_NO = z_NO * (magnitude_O / norm_O)
                if $DROPOUT > 0.0:
                  y_NO.add_(self.matmul_nt(x_NI - dropped_NI, weight_OI, None))
                if bias_O is not None:
                  y_NO.add_(bias_O)
                return y_NO

              def dora_linear_backward(self, weight_OI: Tensor, bias_O: Optional[Tensor], a_RI: Tensor, b_OR: Tensor,
                  magnitude_O: Tensor, dy_NO: Tensor, tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                if $UNEVEN:
                  if a_RI.size(0) == 0:
                    return self.plain_linear_backward(weight_OI, bias_O, dy_NO, tape, grads)
                norm_O = tape.pop()
                z_NO = tape.pop()
                low_NR = tape.pop()
                dropped_NI = tape.pop()
                grads.append(torch.sum(dy_NO * z_NO, [0]) / norm_O)
                dz_NO = dy_NO * (magnitude_O / norm_O)
                dlow_NR = self.matmul_nn(dz_NO, b_OR) * $LORA_SCALE
                grads.append(self.matmul_tn(dz_NO, low_NR) * $LORA_SCALE)
                grads.append(self.matmul_tn(dlow_NR, dropped_NI))
                ddropped_NI = self.matmul_nn(dz_NO, weight_OI).addmm_(dlow_NR, a_RI)
                if $DROPOUT > 0.0:
                  dx_NI = self.matmul_nn(dy_NO, weight_OI)
                  kept_NI = tape.pop()
                  return dx_NI + torch.native_dropout_backward(ddropped_NI - dx_NI, kept_NI, 1.0 / (1.0 - $DROPOUT))
                return ddropped_NI

            """;

    private LoraLinear() {}

    /// @param learning whether gradients are computed: of the adapter, or of the weights when there is none
    public static String source(ModelConfig config, Optional<LoraShape> lora, boolean learning) {
        return TorchText.fill(
                SOURCE,
                Map.of(
                        "FULL",
                        learning && lora.isEmpty(),
                        // Where blocks differ in what is adapted, a layer without an adapter has one of rank 0.
                        "UNEVEN",
                        lora.map(shape -> shape.uneven(config)).orElse(false),
                        "DROPOUT",
                        learning ? lora.map(LoraShape::dropout).orElse(0.0) : 0.0,
                        "LORA_SCALE",
                        lora.map(LoraShape::scale).orElse(1.0)));
    }

    /// The adapter's weights of one block under their names in the program.
    public static List<String> variables(LoraShape lora) {
        return lora.targets().stream()
                .flatMap(layer -> suffixes(lora).stream().map(suffix -> layer + suffix))
                .toList();
    }

    private static List<String> suffixes(LoraShape lora) {
        return lora.dora() ? List.of("_A", "_B", "_magnitude") : List.of("_A", "_B");
    }

    /// Turns each `linear(layer, x, …` of a text into the call that this model and adapter need.
    public static String calls(String text, ModelConfig config, Optional<LoraShape> lora) {
        return CALL.matcher(text).replaceAll(call -> {
            String layer = call.group(2);
            StringBuilder weights = new StringBuilder(
                            config.nf4() ? "self.nf4(%s, %s_absmax, %s_state)".replace("%s", layer) : layer)
                    .append(config.variant().biased().contains(layer) ? ", " + layer + "_bias" : ", None");
            String kind = "plain";
            if (lora.isPresent() && lora.get().targets().contains(layer)) {
                kind = lora.get().dora() ? "dora" : "lora";
                suffixes(lora.get())
                        .forEach(suffix -> weights.append(", ").append(layer).append(suffix));
            }
            return Matcher.quoteReplacement("self." + kind + "_linear" + call.group(1) + "(" + weights + ", ");
        });
    }
}
