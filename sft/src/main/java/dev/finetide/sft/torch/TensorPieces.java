package dev.finetide.sft.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.function.DoubleSupplier;

/// The elements of tensors on their way between libtorch and Java, one piece at a time: `tensor_pieces.py`. A
/// Java buffer ends at 2 GiB, a tensor does not. A tensor in bf16 or on a GPU takes no more of the processor's
/// memory than one piece in fp32.
///
/// @param elements elements of the largest piece
public record TensorPieces(int elements) {
    /// Pieces of 64 MB in fp32.
    public static final TensorPieces DEFAULT = new TensorPieces(1 << 24);

    private static final TorchProgram PROGRAM = new TorchProgram(
            TorchRuntime.newManager(), TorchSource.read(TensorPieces.class, "tensor_pieces.py", Map.of()));

    public TensorPieces {
        if (elements < 1) {
            throw new IllegalArgumentException("elements is " + elements + ", expected 1 or more");
        }
    }

    /// Sets the elements of one piece, which are all zero.
    public interface Filling {
        /// Sets the elements.
        ///
        /// @param piece fp32
        /// @param first index in the tensor of the piece's first element
        void fill(MemorySegment piece, long first);
    }

    /// Takes the elements of one piece.
    public interface Taking {
        void take(MemorySegment piece) throws IOException;
    }

    /// Sets all elements of a piece, in order.
    ///
    /// @param piece fp32
    public static void setAll(MemorySegment piece, DoubleSupplier elements) {
        for (long i = 0; i < piece.byteSize() / Float.BYTES; i++) {
            piece.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) elements.getAsDouble());
        }
    }

    /// Makes a new tensor.
    public NDArray filled(PtNDManager manager, long[] shape, Precision precision, Filling filling) {
        NDArray tensor = zeros(manager, shape, precision);
        fill(tensor, filling);
        return tensor;
    }

    private static NDArray zeros(PtNDManager manager, long[] shape, Precision precision) {
        if (precision == Precision.FP32) {
            return manager.zeros(new Shape(shape), DataType.FLOAT32);
        }
        try (NDArray like = manager.zeros(new Shape(0), DataType.FLOAT32)) {
            return PROGRAM.call(manager, "zeros", like, shape, precision.scalarType())
                    .singletonOrThrow();
        }
    }

    /// Overwrites all elements, in order.
    public void fill(NDArray tensor, Filling filling) {
        for (long first = 0; first < tensor.size(); first += elements) {
            long count = Math.min(elements, tensor.size() - first);
            try (PtNDManager scope = TorchRuntime.newManager(Device.cpu())) {
                NDArray piece = scope.zeros(new Shape(count), DataType.FLOAT32);
                filling.fill(TorchRuntime.memory(piece), first);
                PROGRAM.call(scope, "put", tensor, piece, first);
            }
        }
    }

    /// Hands over all elements as fp32, in order.
    public void takeFloats(NDArray tensor, Taking taking) throws IOException {
        take("get_floats", tensor, taking);
    }

    /// Hands over all elements as they are held, in order.
    public void takeBytes(NDArray tensor, Taking taking) throws IOException {
        take("get", tensor, taking);
    }

    private void take(String method, NDArray tensor, Taking taking) throws IOException {
        for (long first = 0; first < tensor.size(); first += elements) {
            long end = Math.min(first + elements, tensor.size());
            try (PtNDManager scope = TorchRuntime.newManager(Device.cpu())) {
                NDArray piece = PROGRAM.call(scope, method, tensor, first, end).singletonOrThrow();
                taking.take(TorchRuntime.memory(piece));
            }
        }
    }
}
