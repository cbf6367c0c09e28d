package dev.finetide.worker;

import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.torch.Precision;
import picocli.CommandLine.Option;

/// The options of how a worker uses its machine. The command line comes before the environment, and the environment
/// before the machine's defaults. The settings of a run come before all of them.
final class MachineOptions {
    @Option(
            names = "--device",
            paramLabel = "auto|cpu|cuda|cuda:N",
            defaultValue = "${env:FINETIDE_DEVICE:-auto}",
            description = "auto: the first GPU that libtorch sees, else the processor [FINETIDE_DEVICE]")
    private String device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "${env:FINETIDE_THREADS:-0}",
            description = "0: all processors [FINETIDE_THREADS]")
    private int threads;

    @Option(
            names = "--memory-budget",
            paramLabel = "BYTES",
            defaultValue = "${env:FINETIDE_MEMORY_BUDGET:-0}",
            description = "the process's peak; 0: what the machine or container has [FINETIDE_MEMORY_BUDGET]")
    private long memoryBudget;

    EngineOptions engine() {
        EngineOptions options = EngineOptions.defaults().withDevice(device).withMemoryBudget(memoryBudget);
        return threads > 0 ? options.withThreads(threads) : options;
    }

    /// Returns the engine's options for a run, whose own settings come first.
    EngineOptions engine(TrainingConfig config) {
        EngineOptions options = engine().withQuantization(
                        config.getQlora() ? EngineOptions.Quantization.NF4 : EngineOptions.Quantization.NONE);
        if (!config.getDevice().isEmpty() && !config.getDevice().equals("auto")) {
            options = options.withDevice(config.getDevice());
        }
        if (config.hasThreads()) {
            options = options.withThreads(config.getThreads());
        }
        if (config.hasMemoryBudgetBytes()) {
            options = options.withMemoryBudget(config.getMemoryBudgetBytes());
        }
        return switch (config.getPrecision()) {
            case FP32 -> options.withPrecision(Precision.FP32);
            case BF16 -> options.withPrecision(Precision.BF16);
            case PRECISION_UNSPECIFIED, UNRECOGNIZED -> options;
        };
    }
}
