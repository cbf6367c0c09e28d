package dev.finetide.cli.worker;

import dev.finetide.cli.output.MemorySize;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// Options for a worker's use of its machine. The worker decides the rest from its environment and its machine.
public final class MachineOptions {
    @Option(
            names = "--device",
            paramLabel = "auto|cpu|cuda|cuda:N",
            description = "Device to compute on; default: auto, the first GPU or else the processor.")
    private String device;

    @Option(names = "--threads", paramLabel = "N", description = "Processor threads; default: all processors.")
    private Integer threads;

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description =
                    "Limit of peak memory, such as 6GB or 512MiB; a run that needs more is refused before its first step; "
                            + "default: all memory of the machine or container.")
    private Long memoryBudget;

    /// Returns the device; null if the option was not given.
    public String device() {
        return device;
    }

    public Integer threads() {
        return threads;
    }

    /// Returns the memory budget in bytes; null if the option was not given.
    public Long memoryBudget() {
        return memoryBudget;
    }

    /// Returns the given options as arguments for a worker.
    public List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        if (device != null) {
            arguments.add("--device=" + device);
        }
        if (threads != null) {
            arguments.add("--threads=" + threads);
        }
        if (memoryBudget != null) {
            arguments.add("--memory-budget=" + memoryBudget);
        }
        return arguments;
    }
}
