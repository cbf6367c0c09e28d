package dev.finetide.worker;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// SIGTERM, for as long as there is work. What can be saved is: the flag goes up, the work ends at its next safe
/// point, and the process is held open until it has. Where nothing can be saved, the process leaves at once. On one
/// machine the end of `finetide up`, whose pid is in the environment, means the same.
///
/// Work that goes on is never left to an ordinary exit: libtorch crashes when its destructors run while it computes.
/// `Runtime.halt` runs them too, so the process leaves by the system's own `_exit`, which does not.
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

    /// For work that looks at [#raised] and saves what it has.
    static StopSignal forWorkThatIsSaved() {
        return new StopSignal(SAVING);
    }

    /// For work that leaves nothing behind.
    static StopSignal forWorkThatIsLost() {
        return new StopSignal(Duration.ZERO);
    }

    private void onExit() {
        raised = true;
        try {
            if (!workDone.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                leave();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void leave() {
        try {
            EXIT.invokeExact(Main.STOPPED);
        } catch (Throwable e) {
            throw new IllegalStateException("_exit cannot be called", e);
        }
    }

    boolean raised() {
        return raised;
    }

    /// The work has ended: the process may go.
    @Override
    public void close() {
        workDone.countDown();
    }
}
