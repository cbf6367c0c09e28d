package dev.finetide.sft.torch;

/// Number format of weights and activations while computing. Whatever learns, and the optimiser,
/// is fp32 in both.
public enum Precision {
    FP32(6, Float.BYTES),
    BF16(15, Short.BYTES);

    private final int scalarType;
    private final int bytes;

    Precision(int scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /// Of one number.
    public int bytes() {
        return bytes;
    }

    /// libtorch's number of the type.
    public int scalarType() {
        return scalarType;
    }
}
