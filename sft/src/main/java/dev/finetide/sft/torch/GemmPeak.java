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
    private static final int MOST_ROUNDS = 40;
    /// Rounds in a row, none of which is faster than the fastest before them by 1 %, after which the rate is taken as
    /// measured.
    private static final int ROUNDS_WITHOUT_GAIN = 5;

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
            int withoutGain = 0;
            for (int round = 0; round < MOST_ROUNDS && withoutGain < ROUNDS_WITHOUT_GAIN; round++) {
                long started = System.nanoTime();
                program.call(manager, "products", a, PRODUCTS).close();
                double seconds = (System.nanoTime() - started) / 1e9;
                withoutGain = seconds < 0.99 * best ? 0 : withoutGain + 1;
                best = Math.min(best, seconds);
            }
            return 2.0 * SIZE * SIZE * SIZE * PRODUCTS / best;
        }
    }
}
