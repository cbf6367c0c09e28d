package dev.finetide.sft.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Linear layers, plain and adapted, forward and backward, as TorchScript. Axes as in [Decoder].
///
/// Plain: y = x W' + b; dx = dy W, dW = dy' x, db = sum of dy over tokens. Adapted (LoRA, Hu et al.
/// 2021): y = x W' + b + s (x A') B', where x may be dropped out before A; dB = s dy' (x A'), dA = s (dy B)' x, dx = dy
/// W + s dy B A.
/// W learns in full fine- tuning, A and B learn in LoRA.
final class LoraLinear {
    /// `linear(layer, …` and `linear_backward(layer, …` in the block's text, where `layer` is one
    /// of its weights.
    private static final Pattern CALL = Pattern.compile("\\blinear(|_backward)\\((\\w+_proj), ");

    private static final String SOURCE = """
              def plain_linear(self, weight: Tensor, bias: Optional[Tensor], x_BTD: Tensor, tape: List[Tensor]) -> Tensor:
                tape.append(x_BTD)
                return torch.linear(x_BTD, weight, bias)

              def plain_linear_backward(self, weight: Tensor, bias: Optional[Tensor], dy_BTD: Tensor, tape: List[Tensor],
                  grads: List[Tensor]) -> Tensor:
                x_BTD = tape.pop()
                if $FULL:
                  if bias is not None:
                    grads.append(torch.sum(dy_BTD, [0, 1]))
                  grads.append(torch.mm(dy_BTD.reshape([-1, weight.size(0)]).t(), x_BTD.reshape([-1, weight.size(1)])))
                return torch.matmul(dy_BTD, weight)

              def lora_linear(self, weight: Tensor, bias: Optional[Tensor], a: Tensor, b: Tensor, x_BTD: Tensor,
                  tape: List[Tensor]) -> Tensor:
                dropped_BTD = x_BTD
                if $DROPOUT > 0.0:
                  dropped_BTD, kept_BTD = torch.native_dropout(x_BTD, $DROPOUT, True)
                  tape.append(kept_BTD)
                low_NR = torch.linear(dropped_BTD, a).view([-1, $RANK])
                tape.append(dropped_BTD)
                tape.append(low_NR)
                y_BTD = torch.linear(x_BTD, weight, bias)
                y_BTD.view([-1, weight.size(0)]).addmm_(low_NR, b.t(), beta=1, alpha=$LORA_SCALE)
                return y_BTD

              def lora_linear_backward(self, weight: Tensor, bias: Optional[Tensor], a: Tensor, b: Tensor, dy_BTD: Tensor,
                  tape: List[Tensor], grads: List[Tensor]) -> Tensor:
                low_NR = tape.pop()
                dropped_BTD = tape.pop()
                dy_ND = dy_BTD.reshape([-1, weight.size(0)])
                dlow_NR = torch.mm(dy_ND, b) * $LORA_SCALE
                grads.append(torch.mm(dy_ND.t(), low_NR) * $LORA_SCALE)
                grads.append(torch.mm(dlow_NR.t(), dropped_BTD.reshape([-1, weight.size(1)])))
                dx_BTD = torch.matmul(dy_BTD, weight)
                if $DROPOUT > 0.0:
                  ddropped_BTD = torch.mm(dlow_NR, a).view(dx_BTD.size())
                  dx_BTD.add_(torch.native_dropout_backward(ddropped_BTD, tape.pop(), 1.0 / (1.0 - $DROPOUT)))
                else:
                  dx_BTD.view([-1, weight.size(1)]).addmm_(dlow_NR, a)
                return dx_BTD

            """;

    private LoraLinear() {}

    static String source(Optional<LoraShape> lora, boolean training, boolean full) {
        double dropout = training ? lora.map(LoraShape::dropout).orElse(0.0) : 0;
        return SOURCE.replace("$FULL", Decoder.flag(full))
                .replace("$DROPOUT", Decoder.decimal(dropout))
                .replace("$RANK", String.valueOf(lora.map(LoraShape::rank).orElse(1)))
                .replace(
                        "$LORA_SCALE",
                        Decoder.decimal(lora.map(LoraShape::scale).orElse(1.0)));
    }

    /// Turns each `linear(layer, x, …` of a text into the call that this model and adapter need.
    static String calls(String text, Set<String> biased, List<String> adapted) {
        return CALL.matcher(text).replaceAll(call -> {
            String layer = call.group(2);
            boolean lora = adapted.contains(layer);
            String bias = biased.contains(layer) ? layer + "_bias, " : "None, ";
            String weights = layer + ", " + bias + (lora ? layer + "_A, " + layer + "_B, " : "");
            return Matcher.quoteReplacement(
                    "self." + (lora ? "lora" : "plain") + "_linear" + call.group(1) + "(" + weights);
        });
    }
}
