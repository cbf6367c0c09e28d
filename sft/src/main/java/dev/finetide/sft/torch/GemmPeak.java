package dev.finetide.sft.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.Map;

/// The rate of a plain matrix product in this process, by the library that is fastest at it: the
/// yardstick of everything that trains.
public final class GemmPeak {
    private static final int SIZE = 1024;
    private static final int PRODUCTS = 8;
    private static final int ROUNDS = 40;

    private static final String SOURCE = """
              def products(self, a: Tensor, count: int) -> Tensor:
                b = $PRODUCT
                for _ in range(count - 1):
                  b = $PRODUCT
                return b
            """;

    private GemmPeak() {}

    /// @return floating point operations a second, the best of several rounds
    public static double measure(Device device, int threads, Precision precision) {
        TorchRuntime.useThreads(threads);
        double plain = measure(device, precision, "torch.mm(a, a)");
        return precision == Precision.FP32 && !device.isGpu() && TorchRuntime.hasOneDnn()
                ? Math.max(plain, measure(device, precision, TorchRuntime.oneDnnLinear("a", "a", "None")))
                : plain;
    }

    private static double measure(Device device, Precision precision, String product) {
        try (PtNDManager manager = TorchRuntime.newManager(device);
                TorchProgram program = new TorchProgram(manager, TorchText.fill(SOURCE, Map.of("PRODUCT", product)))) {
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
