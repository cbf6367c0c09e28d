package dev.finetide.kit.launch;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/// Stops this service when its parent process ends in any way: on one machine `finetide up` is the parent of every
/// service.
@Singleton
final class ParentWatch {
    private static final Logger LOG = Logger.getLogger(ParentWatch.class);

    private final OptionalLong parent;

    ParentWatch(@ConfigProperty(name = "finetide.parent.pid") Optional<Long> parent) {
        this.parent = parent.map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    void start(@Observes StartupEvent event) {
        parent.ifPresent(pid -> ProcessHandle.of(pid)
                .ifPresentOrElse(process -> process.onExit().thenRun(() -> leave(pid)), () -> leave(pid)));
    }

    private static void leave(long pid) {
        LOG.infof("parent process has ended, leaving parent=%d", pid);
        Quarkus.asyncExit(0);
    }
}
