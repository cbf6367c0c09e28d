package dev.finetide.modelfiles;

import java.util.Arrays;
import java.util.List;

/// The place of a tensor in a safetensors file. Elements are row-major and little-endian.
///
/// @param shape dimensions, outermost first; empty for a single number
/// @param begin first byte, counted from the end of the header
/// @param end one past the last byte, counted from the end of the header
public record TensorInfo(String name, TensorType type, List<Long> shape, long begin, long end) {
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /// Returns the number of elements.
    public long elements() {
        return (end - begin) / type.bytes();
    }

    public long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    public boolean hasShape(long... expected) {
        return Arrays.equals(dimensions(), expected);
    }
}
