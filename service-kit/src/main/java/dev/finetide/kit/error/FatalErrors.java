package dev.finetide.kit.error;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/// Ends the process after an error that leaves it in an unknown state, above all when memory is used up. Its supervisor
/// (`finetide up`, Kubernetes) starts it again, and nothing acknowledged is lost. A process that went on might lack any
/// of its threads.
///
/// The JVM itself ends on most such errors (`-XX:+ExitOnOutOfMemoryError`); this class ends it on the others, such as a
/// thread that cannot be started.
@Singleton
public final class FatalErrors {
    /// The JVM ends with the same status under `-XX:+ExitOnOutOfMemoryError`.
    static final int STATUS = 3;

    private static final Logger LOG = Logger.getLogger(FatalErrors.class);

    /// Ends the process if the failure, or a cause of it, is fatal; returns otherwise.
    public static void endProcessAfter(Throwable failure) {
        if (isFatal(failure)) {
            try {
                LOG.fatal("the process cannot go on and ends", failure);
            } finally {
                Runtime.getRuntime().halt(STATUS); // shutdown hooks could hang
            }
        }
    }

    /// Returns whether the JVM itself is broken. A stack overflow is not: it ends with the call that went too deep.
    static boolean isFatal(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof VirtualMachineError && !(cause instanceof StackOverflowError)) {
                return true;
            }
        }
        return false;
    }

    // Runs first, so that no thread of the service is left out.
    void watchAllThreads(@Observes @Priority(1) StartupEvent start) {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            LOG.errorf(failure, "thread ended by a failure name=%s", thread.getName());
            endProcessAfter(failure);
        });
    }
}
