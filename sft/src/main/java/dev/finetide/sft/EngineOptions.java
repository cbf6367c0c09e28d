package dev.finetide.sft;

import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import java.util.Optional;

/// How the engine uses the machine. None of it changes what is computed, but for rounding.
///
/// @param device `auto`, `cpu`, `cuda`, or `cuda:N`: `auto` is the first GPU that libtorch sees, else the processor
/// @param threads processor threads that one call may use
/// @param precision of the computation, whatever the files hold; empty for what [#precisionFor]
///     finds best
/// @param quantization how the linear layers of a frozen base are held
/// @param memoryBudget bytes of the processor's memory that this process may hold at its peak; 0 for
///     what the machine or the container has
public record EngineOptions(
        String device, int threads, Optional<Precision> precision, Quantization quantization, long memoryBudget) {
    /// How the linear layers of a base are held in memory while others learn.
    public enum Quantization {
        /// In the format that is computed in.
        NONE,
        /// In 4 bits (QLoRA, Dettmers et al. 2023), widened each time they are used.
        NF4
    }

    public EngineOptions {
        Setting.require(device.matches("auto|cpu|cuda(:\\d{1,3})?"), "device", "auto, cpu, cuda or cuda:N", device);
        Setting.require(threads >= 1, "threads", "at least 1", threads);
        Setting.require(memoryBudget >= 0, "memoryBudget", "0 or more bytes", memoryBudget);
    }

    /// Device, precision and memory as the machine has them; all processors; nothing quantised. Measured: RATIONALE.md.
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

    /// The given precision; else bf16 where the device multiplies in it and the model is wide
    /// enough to gain, and fp32 elsewhere.
    Precision precisionFor(ModelConfig model) {
        return precision.orElseGet(
                () -> model.isWide() && TorchRuntime.multipliesInBfloat16(TorchRuntime.device(device))
                        ? Precision.BF16
                        : Precision.FP32);
    }
}
