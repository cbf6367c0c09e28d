package dev.finetide.cli.stack;

import dev.finetide.embedded.ChildProcess;
import dev.finetide.embedded.EmbeddedPart;
import dev.finetide.embedded.Stopwatch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Keeps one part running: starts its child again when it ends unexpectedly, after a pause that grows. Thread-safe.
final class SupervisedPart {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /// Time after which a running child counts as healthy, so that its end starts again with the shortest pause.
    private static final Duration WELL = Duration.ofSeconds(30);

    /// Number of starts that may fail in a row before the part has ever been ready. Then the stack's start fails.
    private static final int FIRST_ATTEMPTS = 3;

    enum State {
        WAITING,
        STARTING,
        READY,
        STOPPED
    }

    private final String name;
    private final EmbeddedPart part;
    private final Consumer<String> report;
    private final Runnable onChange;
    private final CompletableFuture<Void> firstReady = new CompletableFuture<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final List<ChildProcess> former = new ArrayList<>();
    private volatile State state = State.WAITING;
    private volatile int restarts;
    private Thread supervisor;

    /// @param report   receives a line for everything that happens to a child
    /// @param onChange runs after every change of state
    SupervisedPart(String name, EmbeddedPart part, Consumer<String> report, Runnable onChange) {
        this.name = name;
        this.part = part;
        this.report = report;
        this.onChange = onChange;
    }

    String name() {
        return name;
    }

    /// Starts supervision, unless the part has been stopped.
    synchronized void begin() {
        if (!isStopping() && supervisor == null) {
            supervisor = Thread.ofPlatform().name("supervise-" + name).daemon().start(this::supervise);
        }
    }

    /// Completes when the part is ready for the first time; fails if it cannot be started.
    CompletableFuture<Void> firstReady() {
        return firstReady;
    }

    StackState.Part describe(String endpoint, String health) {
        ChildProcess child = part.process().filter(ChildProcess::isAlive).orElse(null);
        return new StackState.Part(
                name,
                endpoint,
                health,
                state.name().toLowerCase(Locale.ROOT),
                child == null ? 0 : child.pid(),
                child == null ? 0 : child.startTime().toEpochMilli(),
                restarts);
    }

    /// Stops the child and every process that it started, and returns when all have ended.
    void stop() {
        Thread running;
        synchronized (this) {
            stopping.countDown();
            running = supervisor;
        }
        part.close();
        try {
            if (running != null) {
                running.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        former.forEach(ChildProcess::stop);
        become(State.STOPPED);
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private void supervise() {
        Duration pause = FIRST_PAUSE;
        int failures = 0;
        while (!isStopping()) {
            Stopwatch started = Stopwatch.start();
            String end = runOnce();
            part.process().filter(ChildProcess::hasLeftBehind).ifPresent(former::add);
            if (isStopping()) {
                break;
            }
            failures++;
            if (!firstReady.isDone() && failures >= FIRST_ATTEMPTS) {
                firstReady.completeExceptionally(new IOException(end));
                break;
            }
            boolean wasWell = started.hasPassed(WELL);
            pause = wasWell ? FIRST_PAUSE : pause;
            report.accept(end + "; starting it again");
            restarts++;
            become(State.STARTING);
            sleep(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
        part.close();
        firstReady.completeExceptionally(new IOException(name + " was stopped"));
    }

    /// Runs the child once and returns how it ended, in words.
    private String runOnce() {
        try {
            become(State.STARTING);
            ChildProcess child = part.start();
            if (isStopping()) {
                // stop() may have missed this child, because it had not started yet.
                part.close();
                return name + " was stopped";
            }
            become(State.READY);
            firstReady.complete(null);
            int status = child.onExit().join();
            return name + " (pid " + child.pid() + ") ended with status " + status;
        } catch (IOException e) {
            return e.getMessage();
        } catch (InterruptedException e) {
            return name + " was interrupted while it started";
        }
    }

    private void sleep(Duration pause) {
        try {
            stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void become(State next) {
        state = next;
        onChange.run();
    }
}
