package dev.finetide.sft.torch;

import java.util.Map;

/// The matrix products of linear layers as TorchScript, each by the library that is fastest at it:
/// `matrix_products.py`.
///
/// libtorch gives products in fp32 to MKL, which uses AVX2 only where the processor is not made by Intel.
/// oneDNN, which is part of the same libtorch, uses what the processor has: on a Zen 5 core 150 to 250 GFLOP/s
/// against 100. But it makes a kernel for every number of tokens that it meets. So it gets only numbers that
/// occur again and again ([#TILE]), and products that are large enough to pay for a call.
public final class MatrixProducts {
    /// The number of tokens of which batches have a multiple. oneDNN makes a kernel for each number of tokens
    /// that it meets: with multiples there are few kernels, which are made once and kept.
    public static final int TILE = 32;

    /// Multiplications from which oneDNN is faster than MKL: a call takes some 10 microseconds longer.
    private static final int LEAST = 1 << 20;

    /// Multiplications from which oneDNN is faster for sums over tokens, for which it copies a matrix first.
    private static final int LEAST_SUMMED = 1 << 22;

    private MatrixProducts() {}

    /// Returns the methods for programs of a precision.
    public static TorchSource source(Precision precision) {
        return source(precision == Precision.FP32 && TorchRuntime.hasOneDnn());
    }

    static TorchSource source(boolean oneDnn) {
        return TorchSource.read(
                MatrixProducts.class,
                "matrix_products.py",
                Map.of("ONE_DNN", oneDnn, "TILE", TILE, "LEAST", LEAST, "LEAST_SUMMED", LEAST_SUMMED));
    }
}
