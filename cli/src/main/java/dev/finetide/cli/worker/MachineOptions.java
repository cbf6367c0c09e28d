package dev.finetide.cli.worker;

import dev.finetide.cli.output.MemorySize;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// How a worker uses its machine. What is not given is left to the worker: its environment, else what its machine has.
public final class MachineOptions {
    @Option(
            names = "--device",
            paramLabel = "auto|cpu|cuda|cuda:N",
            description = "Where to compute; default: auto, the first GPU, else the processor.")
    private String device;

    @Option(names = "--threads", paramLabel = "N", description = "Processor threads; default: all processors.")
    private Integer threads;

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description = "What may be held at the peak, such as 6GB or 512MiB; more is refused before the first step; "
                    + "default: all of the machine or container.")
    private Long memoryBudget;

    /// Null when it was not given, as the others.
    public String device() {
        return device;
    }

    public Integer threads() {
        return threads;
    }

    /// In bytes.
    public Long memoryBudget() {
        return memoryBudget;
    }

    /// As a worker's arguments.
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
