package dev.finetide.sft;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import java.util.Optional;

/// The options of how the engine uses the machine. They change computed numbers only by rounding.
///
/// @param device `auto`, `cpu`, `cuda`, or `cuda:N`: `auto` is the first GPU that libtorch sees, else the processor
/// @param threads number of processor threads that a call may use
/// @param precision number format of the computation, whatever the files hold; empty for the choice of
///     [#precisionFor]
/// @param quantization format in which the linear layers of a frozen base are held
/// @param memoryBudget bytes of main memory that this process may hold at its peak; 0 for all of the machine's or
///     the container's
public record EngineOptions(
        String device, int threads, Optional<Precision> precision, Quantization quantization, long memoryBudget) {
    /// The formats in which the linear layers of a frozen base are held in memory.
    public enum Quantization {
        /// The format of the computation.
        NONE,
        /// 4-bit NormalFloat (QLoRA, Dettmers et al. 2023), converted to the format of the computation at each use.
        NF4
    }

    public EngineOptions {
        Setting.require(device.matches("auto|cpu|cuda(:\\d{1,3})?"), "device", "auto, cpu, cuda or cuda:N", device);
        Setting.require(threads >= 1, "threads", "at least 1", threads);
        Setting.require(memoryBudget >= 0, "memoryBudget", "0 or more bytes", memoryBudget);
    }

    /// Returns the default options: device, precision and memory as the machine has them, all processors, no
    /// quantisation. RATIONALE.md has the measurements.
    public static EngineOptions defaults() {
        return new EngineOptions(
                "auto", Runtime.getRuntime().availableProcessors(), Optional.empty(), Quantization.NONE, 0);
    }

    public EngineOptions withDevice(String name) {
        return new EngineOptions(name, threads, precision, quantization, memoryBudget);
    }

    public EngineOptions withThreads(int count) {
        return new EngineOptions(device, count, precision, quantization, memoryBudget);
    }

    public EngineOptions withPrecision(Precision value) {
        return new EngineOptions(device, threads, Optional.of(value), quantization, memoryBudget);
    }

    public EngineOptions withQuantization(Quantization value) {
        return new EngineOptions(device, threads, precision, value, memoryBudget);
    }

    public EngineOptions withMemoryBudget(long bytes) {
        return new EngineOptions(device, threads, precision, quantization, bytes);
    }

    /// Returns the given precision. Without one, returns bf16 where the device multiplies in bf16 and the model is
    /// wide enough to gain from it, and fp32 otherwise.
    Precision precisionFor(ModelConfig model) {
        return precision.orElseGet(
                () -> model.isWide() && TorchRuntime.multipliesInBfloat16(TorchRuntime.device(device))
                        ? Precision.BF16
                        : Precision.FP32);
    }
}
