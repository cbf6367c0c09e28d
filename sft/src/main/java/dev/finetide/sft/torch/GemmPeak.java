package dev.finetide.sft.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.List;
import java.util.Map;

/// The rate of a plain matrix product in this process, by the library that is fastest at it. The speed of
/// training is compared with this rate.
public final class GemmPeak {
    private static final int SIZE = 1024;
    private static final int PRODUCTS = 8;
    private static final int ROUNDS = 40;

    private GemmPeak() {}

    /// Measures the rate.
    ///
    /// @return floating point operations a second, the best of several rounds
    public static double measure(Device device, int threads, Precision precision) {
        TorchRuntime.useThreads(threads);
        double plain = measure(device, precision, false);
        return precision == Precision.FP32 && !device.isGpu() && TorchRuntime.hasOneDnn()
                ? Math.max(plain, measure(device, precision, true))
                : plain;
    }

    /// Compiles a program whose method `products` multiplies matrices.
    ///
    /// @throws ai.djl.engine.EngineException when oneDNN is to multiply and libtorch does not have it
    static TorchProgram program(PtNDManager manager, boolean oneDnn) {
        return new TorchProgram(
                manager,
                TorchSource.join(List.of(
                        MatrixProducts.source(oneDnn),
                        TorchSource.read(GemmPeak.class, "gemm_peak.py", Map.of("ONE_DNN", oneDnn)))));
    }

    private static double measure(Device device, Precision precision, boolean oneDnn) {
        try (PtNDManager manager = TorchRuntime.newManager(device);
                TorchProgram program = program(manager, oneDnn)) {
            NDArray a = NumberFormat.convert(manager, manager.ones(new Shape(SIZE, SIZE), DataType.FLOAT32), precision);
            double best = Double.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                long started = System.nanoTime();
                program.call(manager, "products", a, PRODUCTS).close();
                best = Math.min(best, (System.nanoTime() - started) / 1e9);
            }
            return 2.0 * SIZE * SIZE * SIZE * PRODUCTS / best;
        }
    }
}
