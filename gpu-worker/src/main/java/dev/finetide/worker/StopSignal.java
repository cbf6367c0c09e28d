package dev.finetide.worker;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// SIGTERM means "save and leave": the flag goes up, the work ends at its next safe point, and the process is
/// held open until it has. On one machine the end of `finetide up`, whose pid is in the environment, means
/// the same.
final class StopSignal {
    private static final long SAVE_SECONDS = 60;

    private final CountDownLatch workDone = new CountDownLatch(1);
    private volatile boolean raised;

    StopSignal() {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("stop-signal").unstarted(() -> {
                    raised = true;
                    try {
                        workDone.await(SAVE_SECONDS, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }));
        Optional.ofNullable(System.getenv("FINETIDE_PARENT_PID"))
                .map(Long::parseLong)
                .ifPresent(pid -> ProcessHandle.of(pid)
                        .ifPresentOrElse(
                                parent -> parent.onExit().thenRun(() -> System.exit(Main.STOPPED)),
                                () -> Thread.ofPlatform().start(() -> System.exit(Main.STOPPED))));
    }

    boolean raised() {
        return raised;
    }

    /// The work has ended: the process may go.
    void release() {
        workDone.countDown();
    }
}
