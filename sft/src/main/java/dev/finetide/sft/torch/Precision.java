package dev.finetide.sft.torch;

/// The number format of weights and activations while computing. Weights that learn, and the state of the
/// optimiser, are fp32 in both cases.
public enum Precision {
    FP32(6, Float.BYTES),
    BF16(15, Short.BYTES);

    private final int scalarType;
    private final int bytes;

    Precision(int scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /// Returns the size of one number, in bytes.
    public int bytes() {
        return bytes;
    }

    /// Returns libtorch's number for the type, which TorchScript has in place of a name.
    public int scalarType() {
        return scalarType;
    }
}
