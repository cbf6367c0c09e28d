package dev.finetide.sft.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.EngineOptions.Precision;

/// The rate of a plain matrix product in this process: the yardstick of everything that trains.
public final class GemmPeak {
    private static final int SIZE = 1024;
    private static final int PRODUCTS = 8;
    private static final int ROUNDS = 40;

    private static final String SOURCE = """
              def products(self, a: Tensor, count: int, type: int) -> Tensor:
                a = torch.to(a, type, False, False, None)
                b = torch.mm(a, a)
                for _ in range(count):
                  b = torch.mm(a, a)
                return torch.to(b[0], 6, False, False, None)
            """;

    private GemmPeak() {}

    /// @return floating point operations a second, the best of several rounds
    public static double measure(int threads, Precision precision) {
        TorchRuntime.useThreads(threads);
        try (PtNDManager manager = TorchRuntime.newManager();
                TorchProgram program = new TorchProgram(manager, SOURCE)) {
            NDArray a = manager.ones(new Shape(SIZE, SIZE), DataType.FLOAT32);
            double best = Double.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                double empty = seconds(manager, program, a, 0, precision);
                best = Math.min(best, seconds(manager, program, a, PRODUCTS, precision) - empty);
            }
            return 2.0 * SIZE * SIZE * SIZE * PRODUCTS / best;
        }
    }

    private static double seconds(
            PtNDManager manager, TorchProgram program, NDArray a, int count, Precision precision) {
        long started = System.nanoTime();
        program.call(manager, "products", a, count, precision.scalarType()).close();
        return (System.nanoTime() - started) / 1e9;
    }
}
