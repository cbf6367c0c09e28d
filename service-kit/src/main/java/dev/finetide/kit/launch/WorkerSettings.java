package dev.finetide.kit.launch;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/// Where a service's workers run. Keys, units and defaults stand in the services' application.properties.
@ConfigMapping(prefix = "finetide.worker")
public interface WorkerSettings {
    enum Launcher {
        PROCESS,
        KUBERNETES
    }

    @WithDefault("process")
    Launcher launcher();

    /// Required where workers are processes.
    Optional<String> command();

    /// Required where workers are processes.
    Optional<Path> directory();

    /// Directory of the device locks; `devices` in [#directory] when absent.
    Optional<Path> devices();
}
