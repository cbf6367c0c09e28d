package dev.finetide.sft.model;

import java.util.List;
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
final class LoraLinear {
    /// `linear(layer, …` and `linear_backward(layer, …` in the block's text, where `layer` is one
    /// of its weights.
    private static final Pattern CALL = Pattern.compile("\\blinear(|_backward)\\((\\w+_proj), ");

    private static final String SOURCE = """
              def plain_linear(self, weight: Tensor, bias: Optional[Tensor], x_BTD: Tensor, tape: List[Tensor]) -> Tensor:
                if $FULL:
                  tape.append(x_BTD)
                return self.times_turned(x_BTD, weight, bias)

              def plain_linear_backward(self, weight: Tensor, bias: Optional[Tensor], dy_BTD: Tensor, tape: List[Tensor],
                  grads: List[Tensor]) -> Tensor:
                if $FULL:
                  x_BTD = tape.pop()
                  if bias is not None:
                    grads.append(torch.sum(dy_BTD, [0, 1]))
                  grads.append(self.turned_times(dy_BTD.reshape([-1, weight.size(0)]), x_BTD.reshape([-1, weight.size(1)])))
                return self.times(dy_BTD, weight)

              def lora_linear(self, weight: Tensor, bias: Optional[Tensor], a: Tensor, b: Tensor, x_BTD: Tensor,
                  tape: List[Tensor]) -> Tensor:
                $PLAIN_IF_NONE
                dropped_BTD = x_BTD
                if $DROPOUT > 0.0:
                  dropped_BTD, kept_BTD = torch.native_dropout(x_BTD, $DROPOUT, True)
                  tape.append(kept_BTD)
                low_NR = self.times_turned(dropped_BTD, a, None).view([-1, a.size(0)])
                tape.append(dropped_BTD)
                tape.append(low_NR)
                y_BTD = self.times_turned(x_BTD, weight, bias)
                y_BTD.view([-1, weight.size(0)]).addmm_(low_NR, b.t(), beta=1, alpha=$LORA_SCALE)
                return y_BTD

              def lora_linear_backward(self, weight: Tensor, bias: Optional[Tensor], a: Tensor, b: Tensor, dy_BTD: Tensor,
                  tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                $PLAIN_BACKWARD_IF_NONE
                low_NR = tape.pop()
                dropped_BTD = tape.pop()
                dy_NO = dy_BTD.reshape([-1, weight.size(0)])
                dlow_NR = self.times(dy_NO, b) * $LORA_SCALE
                grads.append(self.turned_times(dy_NO, low_NR) * $LORA_SCALE)
                grads.append(self.turned_times(dlow_NR, dropped_BTD.reshape([-1, weight.size(1)])))
                dx_BTD = self.times(dy_BTD, weight)
                if $DROPOUT > 0.0:
                  ddropped_BTD = torch.mm(dlow_NR, a).view(dx_BTD.size())
                  dx_BTD.add_(torch.native_dropout_backward(ddropped_BTD, tape.pop(), 1.0 / (1.0 - $DROPOUT)))
                else:
                  dx_BTD.view([-1, weight.size(1)]).addmm_(dlow_NR, a)
                return dx_BTD

              def dora_linear(self, weight: Tensor, bias: Optional[Tensor], a: Tensor, b: Tensor, magnitude_O: Tensor,
                  x_BTD: Tensor, tape: List[Tensor]) -> Tensor:
                $PLAIN_IF_NONE
                dropped_BTD = x_BTD
                if $DROPOUT > 0.0:
                  dropped_BTD, kept_BTD = torch.native_dropout(x_BTD, $DROPOUT, True)
                  tape.append(kept_BTD)
                norm_O = torch.linalg_vector_norm(torch.addmm(weight, b, a, beta=1, alpha=$LORA_SCALE), 2, [1])
                low_NR = self.times_turned(dropped_BTD, a, None).view([-1, a.size(0)])
                z_BTO = self.times_turned(dropped_BTD, weight, None)
                z_BTO.view([-1, weight.size(0)]).addmm_(low_NR, b.t(), beta=1, alpha=$LORA_SCALE)
                tape.append(dropped_BTD)
                tape.append(low_NR)
                tape.append(z_BTO)
                tape.append(norm_O)
                y_BTO = z_BTO * (magnitude_O / norm_O)
                if $DROPOUT > 0.0:
                  y_BTO.add_(self.times_turned(x_BTD - dropped_BTD, weight, None))
                if bias is not None:
                  y_BTO.add_(bias)
                return y_BTO

              def dora_linear_backward(self, weight: Tensor, bias: Optional[Tensor], a: Tensor, b: Tensor,
                  magnitude_O: Tensor, dy_BTD: Tensor, tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                $PLAIN_BACKWARD_IF_NONE
                norm_O = tape.pop()
                z_BTO = tape.pop()
                low_NR = tape.pop()
                dropped_BTD = tape.pop()
                grads.append(torch.sum(dy_BTD * z_BTO, [0, 1]) / norm_O)
                dz_NO = (dy_BTD * (magnitude_O / norm_O)).view([-1, weight.size(0)])
                dlow_NR = self.times(dz_NO, b) * $LORA_SCALE
                grads.append(self.turned_times(dz_NO, low_NR) * $LORA_SCALE)
                grads.append(self.turned_times(dlow_NR, dropped_BTD.reshape([-1, weight.size(1)])))
                ddropped_BTD = self.times(dz_NO, weight).addmm_(dlow_NR, a).view(dropped_BTD.size())
                if $DROPOUT > 0.0:
                  dx_BTD = self.times(dy_BTD, weight)
                  kept_BTD = tape.pop()
                  return dx_BTD + torch.native_dropout_backward(ddropped_BTD - dx_BTD, kept_BTD, 1.0 / (1.0 - $DROPOUT))
                return ddropped_BTD

            """;

    /// Where blocks differ in what is adapted, a layer without an adapter has one of rank 0.
    private static final String PLAIN_IF_NONE = """
            if a.size(0) == 0:
                  return self.plain_linear(weight, bias, x_BTD, tape)""";

    private static final String PLAIN_BACKWARD_IF_NONE = """
            if a.size(0) == 0:
                  return self.plain_linear_backward(weight, bias, dy_BTD, tape, grads)""";

    private LoraLinear() {}

    static String source(ModelConfig config, Optional<LoraShape> lora, boolean training, boolean full) {
        double dropout = training ? lora.map(LoraShape::dropout).orElse(0.0) : 0;
        boolean uneven = lora.map(shape -> shape.uneven(config)).orElse(false);
        return SOURCE.replace("$PLAIN_IF_NONE", uneven ? PLAIN_IF_NONE : "")
                .replace("$PLAIN_BACKWARD_IF_NONE", uneven ? PLAIN_BACKWARD_IF_NONE : "")
                .replace("$FULL", Decoder.flag(full))
                .replace("$DROPOUT", Decoder.decimal(dropout))
                .replace(
                        "$LORA_SCALE",
                        Decoder.decimal(lora.map(LoraShape::scale).orElse(1.0)));
    }

    /// The adapter's weights of one block under their names in the program.
    static List<String> variables(LoraShape lora) {
        return lora.targets().stream()
                .flatMap(layer -> suffixes(lora).stream().map(suffix -> layer + suffix))
                .toList();
    }

    private static List<String> suffixes(LoraShape lora) {
        return lora.dora() ? List.of("_A", "_B", "_magnitude") : List.of("_A", "_B");
    }

    /// Turns each `linear(layer, x, …` of a text into the call that this model and adapter need.
    static String calls(String text, ModelConfig config, Optional<LoraShape> lora) {
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
