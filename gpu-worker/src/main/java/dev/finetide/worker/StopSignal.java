package dev.finetide.worker;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Handles SIGTERM while there is work. Work that can be saved sees the raised flag and ends at its next safe point;
/// the process waits for it. Work that cannot be saved is left at once. On a single machine, the end of `finetide up`,
/// whose pid is in the environment, has the same effect.
///
/// A process never leaves running work by an ordinary exit, because libtorch crashes when its destructors run while it
/// computes. `Runtime.halt` runs the destructors, too; the system's `_exit` does not, so the process leaves by `_exit`.
final class StopSignal implements AutoCloseable {
    private static final MethodHandle EXIT = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("_exit"),
                    FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));

    private static final Duration SAVING = Duration.ofSeconds(60);

    private final CountDownLatch workDone = new CountDownLatch(1);
    private final Duration patience;
    private volatile boolean raised;

    private StopSignal(Duration patience) {
        this.patience = patience;
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("stop-signal").unstarted(this::onExit));
        Optional.ofNullable(System.getenv("FINETIDE_PARENT_PID"))
                .map(Long::parseLong)
                .ifPresent(pid -> ProcessHandle.of(pid)
                        .ifPresentOrElse(
                                parent -> parent.onExit().thenRun(() -> System.exit(Main.STOPPED)),
                                () -> Thread.ofPlatform().start(() -> System.exit(Main.STOPPED))));
    }

    /// Returns the signal for work that polls [#raised] and saves its state.
    static StopSignal forWorkThatIsSaved() {
        return new StopSignal(SAVING);
    }

    /// Returns the signal for work that saves nothing.
    static StopSignal forWorkThatIsLost() {
        return new StopSignal(Duration.ZERO);
    }

    private void onExit() {
        raised = true;
        try {
            if (!workDone.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                leave(Main.STOPPED);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends the process at once, whatever runs in it.
    static void leave(int exitCode) {
        try {
            EXIT.invokeExact(exitCode);
        } catch (Throwable e) {
            throw new IllegalStateException("_exit cannot be called", e);
        }
    }

    boolean raised() {
        return raised;
    }

    /// Lets the process end: the work is done.
    @Override
    public void close() {
        workDone.countDown();
    }
}
