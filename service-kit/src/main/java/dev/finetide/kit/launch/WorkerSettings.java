package dev.finetide.kit.launch;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/// Settings that decide where a service's workers run. Keys, units and defaults stand in the services'
/// application.properties.
@ConfigMapping(prefix = "finetide.worker")
public interface WorkerSettings {
    enum Launcher {
        PROCESS,
        KUBERNETES
    }

    @WithDefault("process")
    Launcher launcher();

    /// The worker's program and first arguments; required where workers are processes.
    Optional<String> command();

    /// The directory of the workers' files; required where workers are processes.
    Optional<Path> directory();

    /// The directory of the device locks; `devices` in [#directory] when absent.
    Optional<Path> devices();
}
