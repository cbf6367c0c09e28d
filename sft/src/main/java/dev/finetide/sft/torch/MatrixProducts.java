package dev.finetide.sft.torch;

import java.util.Map;

/// The matrix products of linear layers as TorchScript, each by the library that is fastest at
/// it; n stands for a matrix as it is and t for one that is turned, as in BLAS. Axes as in [Decoder].
///
/// libtorch gives products in fp32 to MKL, which uses AVX2 only where the processor is not Intel's.
/// oneDNN, which is part of the same libtorch, uses what there is: on a Zen 5 core 150 to 250
/// GFLOP/s against 100. But it makes a kernel for every number of tokens it meets, so it gets only
/// numbers that come again ([#TILE]), and products that are large enough for what a call of it
/// costs.
public final class MatrixProducts {
    /// Tokens of which batches have a multiple. oneDNN makes a kernel for each number of tokens that it meets: with
    /// multiples there are few kernels, which are made once and kept.
    public static final int TILE = 32;

    /// Multiplications from which oneDNN is faster than MKL: a call costs some 10 microseconds more.
    private static final int LEAST = 1 << 20;

    /// The same for sums over tokens, for which it copies a matrix first.
    private static final int LEAST_SUMMED = 1 << 22;

    private static final String SOURCE = """
              def suits_one_dnn(self, x_NI: Tensor, columns: int, least: int) -> bool:
                return $ONE_DNN and x_NI.size(0) % $TILE == 0 and x_NI.numel() * columns >= least and not x_NI.is_cuda

              def one_dnn(self, x_NI: Tensor, w_OI: Tensor, bias_O: Optional[Tensor]) -> Tensor:
                return $ONE_DNN_LINEAR

              # x w' + bias.
              def matmul_nt(self, x_NI: Tensor, w_OI: Tensor, bias_O: Optional[Tensor]) -> Tensor:
                if self.suits_one_dnn(x_NI, w_OI.size(0), $LEAST):
                  return self.one_dnn(x_NI, w_OI, bias_O)
                return torch.linear(x_NI, w_OI, bias_O)

              # x w.
              def matmul_nn(self, x_NO: Tensor, w_OI: Tensor) -> Tensor:
                if self.suits_one_dnn(x_NO, w_OI.size(1), $LEAST):
                  return self.one_dnn(x_NO, w_OI.t(), None)
                return torch.matmul(x_NO, w_OI)

              def summed_over_tokens(self, a_NO: Tensor, b_NI: Tensor) -> Tensor:
                if self.suits_one_dnn(a_NO, b_NI.size(1), $LEAST_SUMMED):
                  return self.one_dnn(a_NO.t(), b_NI.t(), None)
                return torch.mm(a_NO.t(), b_NI)

              # a' b. The turned one is copied first or read across its rows: that is the narrower, as (b' a)' if need be.
              def matmul_tn(self, a_NO: Tensor, b_NI: Tensor) -> Tensor:
                if b_NI.size(1) < a_NO.size(1):
                  return torch.contiguous(self.summed_over_tokens(b_NI, a_NO).t())
                return self.summed_over_tokens(a_NO, b_NI)

            """;

    private MatrixProducts() {}

    public static String source(Precision precision) {
        boolean oneDnn = precision == Precision.FP32 && TorchRuntime.hasOneDnn();
        String linear =
                oneDnn ? TorchRuntime.oneDnnLinear("x_NI", "w_OI", "bias_O") : "torch.linear(x_NI, w_OI, bias_O)";
        return TorchText.fill(
                SOURCE,
                Map.of(
                        "ONE_DNN_LINEAR", linear,
                        "ONE_DNN", oneDnn,
                        "TILE", TILE,
                        "LEAST", LEAST,
                        "LEAST_SUMMED", LEAST_SUMMED));
    }
}
