package dev.finetide.sft.safetensors;

import java.util.Arrays;
import java.util.List;

/// One tensor of a safetensors file: where its row-major little-endian elements lie.
///
/// @param begin first byte, counted from the end of the header
/// @param end one past the last byte
public record TensorInfo(String name, TensorType type, List<Long> shape, long begin, long end) {
    public TensorInfo {
        shape = List.copyOf(shape);
    }

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
