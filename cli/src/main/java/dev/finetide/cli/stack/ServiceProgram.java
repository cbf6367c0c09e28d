package dev.finetide.cli.stack;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.embedded.JavaCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The program of one service.
///
/// @param name            `dataset` for `dataset-service`; also its schema in PostgreSQL
/// @param launchesWorkers whether the service gets the command that starts the gpu-worker
/// @param command         full command line
public record ServiceProgram(String name, boolean launchesWorkers, List<String> command) {

    private static final int HEAP_MEGABYTES = 256;

    public ServiceProgram {
        command = List.copyOf(command);
    }

    /// Returns the four services that were built below `home`.
    ///
    /// @throws CommandFailedException if one is not built
    public static List<ServiceProgram> allBuiltIn(Path home) {
        return List.of(
                builtIn(home, "dataset", true),
                builtIn(home, "training", true),
                builtIn(home, "eval", true),
                builtIn(home, "registry", false));
    }

    private static ServiceProgram builtIn(Path home, String name, boolean launchesWorkers) {
        Path jar = home.resolve(name + "-service/target/quarkus-app/quarkus-run.jar");
        if (!Files.exists(jar)) {
            throw CommandFailedException.notFound(
                    name + "-service is not built: " + jar + " is missing (./finetide builds it)");
        }
        // Rows of uploads are computing; the other services wait for most of their time.
        boolean computes = name.equals("dataset");
        List<String> command =
                new ArrayList<>(computes ? JavaCommand.computing(HEAP_MEGABYTES) : JavaCommand.small(HEAP_MEGABYTES));
        command.addAll(List.of("-jar", jar.toString()));
        return new ServiceProgram(name, launchesWorkers, command);
    }

    String partName() {
        return name + "-service";
    }
}
