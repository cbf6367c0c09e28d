package dev.finetide.cli.stack;

import dev.finetide.cli.worker.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What to start and where.
///
/// @param data          everything the stack keeps: databases, blobs, logs, state; made if missing
/// @param reset         delete all of that first
/// @param workerCommand the gpu-worker's program and first arguments
/// @param readyWithin   how long the whole start may take
public record StackOptions(
        Path data,
        boolean reset,
        List<ServiceProgram> services,
        StackPorts ports,
        List<String> workerCommand,
        Duration readyWithin) {

    private static final Duration READY_WITHIN = Duration.ofMinutes(5);

    public StackOptions {
        data = data.toAbsolutePath().normalize();
        services = List.copyOf(services);
        workerCommand = List.copyOf(workerCommand);
    }

    /// The four services and the worker as they were built below `home`.
    public static StackOptions builtIn(Path home, Path data, boolean reset, StackPorts ports) {
        return new StackOptions(
                data, reset, ServiceProgram.allBuiltIn(home), ports, WorkerProcess.program(home), READY_WITHIN);
    }
}
