package dev.finetide.cli.stack;

import dev.finetide.cli.worker.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Options of a local stack.
///
/// @param data          directory for databases, blobs, logs and state; created if missing
/// @param reset         whether to delete the data first
/// @param workerCommand the gpu-worker's program and first arguments
/// @param readyWithin   longest duration of the whole start
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

    /// Returns options for the four services and the worker that were built below `home`.
    public static StackOptions builtIn(Path home, Path data, boolean reset, StackPorts ports) {
        return new StackOptions(
                data, reset, ServiceProgram.allBuiltIn(home), ports, WorkerProcess.program(home), READY_WITHIN);
    }
}
