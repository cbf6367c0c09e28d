package dev.finetide.sft;

import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.torch.TorchRuntime;
import java.util.Optional;

/// How the engine uses the machine.
///
/// @param threads processor threads that one call may use
/// @param precision of the computation, whatever the files hold; empty for what [#precisionFor]
///     finds best
/// @param quantization how the linear layers of a frozen base are held
public record EngineOptions(int threads, Optional<Precision> precision, Quantization quantization) {
    /// How the linear layers of a base are held in memory while others learn.
    public enum Quantization {
        /// In the format that is computed in.
        NONE,
        /// In 4 bits (QLoRA, Dettmers et al. 2023), widened each time they are used.
        NF4
    }

    /// Narrower models gain nothing from bf16: their time is not in the matrix products
    /// (RATIONALE.md).
    private static final int WIDE = 256;

    /// Number format of weights and activations while computing. Whatever learns, and the optimiser,
    /// is fp32 in both.
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

    /// All processors, the precision that suits model and processor.
    public static EngineOptions defaults() {
        return new EngineOptions(Runtime.getRuntime().availableProcessors(), Optional.empty(), Quantization.NONE);
    }

    public EngineOptions withThreads(int count) {
        return new EngineOptions(count, precision, quantization);
    }

    public EngineOptions withPrecision(Precision value) {
        return new EngineOptions(threads, Optional.of(value), quantization);
    }

    public EngineOptions withQuantization(Quantization value) {
        return new EngineOptions(threads, precision, value);
    }

    /// The given precision; else bf16 where the processor multiplies in it and the model is wide
    /// enough to gain, and fp32 elsewhere.
    Precision precisionFor(ModelConfig model) {
        return precision.orElseGet(
                () -> model.hidden() >= WIDE && TorchRuntime.multipliesInBfloat16() ? Precision.BF16 : Precision.FP32);
    }
}
