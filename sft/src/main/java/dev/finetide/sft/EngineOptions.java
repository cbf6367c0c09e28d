package dev.finetide.sft;

/// How the engine uses the machine.
///
/// @param threads processor threads that one call may use
/// @param precision of the computation, whatever the files hold
public record EngineOptions(int threads, Precision precision) {
    /// Number format of weights and activations while computing.
    public enum Precision {
        FP32(6),
        BF16(15);

        private final int scalarType;

        Precision(int scalarType) {
            this.scalarType = scalarType;
        }

        /// libtorch's number of the type.
        public int scalarType() {
            return scalarType;
        }
    }

    public EngineOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
        }
    }

    /// All processors, 32-bit floats.
    public static EngineOptions defaults() {
        return new EngineOptions(Runtime.getRuntime().availableProcessors(), Precision.FP32);
    }

    public EngineOptions withThreads(int count) {
        return new EngineOptions(count, precision);
    }

    public EngineOptions withPrecision(Precision value) {
        return new EngineOptions(threads, value);
    }
}
