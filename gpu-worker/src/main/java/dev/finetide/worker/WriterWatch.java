package dev.finetide.worker;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Asks the service every few seconds whether this process is still the writer of its run. A process that is not,
/// because its run has ended or another process has claimed the attempt, gives its device back at once: it leaves
/// without another report. While the service does not answer, the work goes on.
final class WriterWatch implements AutoCloseable {
    static final Duration EVERY = Duration.ofSeconds(3);

    private final Supplier<Optional<String>> refusal;
    private final BooleanSupplier isDone;
    private final Consumer<String> leave;
    private final ScheduledExecutorService checks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("writer-watch").daemon().factory());

    /// Starts to ask.
    ///
    /// @param refusal asks the service why this process may not write any more
    /// @param isDone  tells whether the last report was made: the service ends the run then, and the process ends
    ///     by itself
    /// @param leave   ends the process for the given reason
    WriterWatch(Duration every, Supplier<Optional<String>> refusal, BooleanSupplier isDone, Consumer<String> leave) {
        this.refusal = refusal;
        this.isDone = isDone;
        this.leave = leave;
        checks.scheduleWithFixedDelay(this::check, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void check() {
        try {
            Optional<String> why = isDone.getAsBoolean() ? Optional.empty() : refusal.get();
            // The last report may have been made, and taken, while the service was asked.
            why.filter(_ -> !isDone.getAsBoolean()).ifPresent(leave);
        } catch (RuntimeException failure) {
            System.err.println("gpu-worker: the service cannot be asked about this attempt: " + failure);
        }
    }

    @Override
    public void close() {
        checks.shutdownNow();
    }
}
