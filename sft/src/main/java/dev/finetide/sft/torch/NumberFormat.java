package dev.finetide.sft.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.List;
import java.util.Map;

/// Conversions between fp32 and bf16: `number_format.py`. DJL has no name for bf16: such arrays show the type
/// UNKNOWN, but they are passed to TorchScript, indexed, and give access to their memory like any other.
public final class NumberFormat {
    private static final TorchProgram PROGRAM = new TorchProgram(
            TorchRuntime.newManager(), TorchSource.read(NumberFormat.class, "number_format.py", Map.of()));

    private NumberFormat() {}

    /// Converts an array to another format, rounded to nearest; returns the array itself when it has that format
    /// already.
    public static NDArray convert(PtNDManager manager, NDArray array, Precision precision) {
        return PROGRAM.call(manager, "convert", array, precision.scalarType()).singletonOrThrow();
    }

    /// Copies the elements of arrays into others, which keep their format.
    public static void copy(PtNDManager manager, List<NDArray> source, List<NDArray> target) {
        PROGRAM.call(manager, "copy", source, target);
    }
}
