package dev.finetide.embedded;

import java.time.Duration;

/// Measures how long something takes, by a clock that does not jump when somebody sets the time. Immutable.
public final class Stopwatch {

    private final long started = System.nanoTime();

    private Stopwatch() {}

    /// Returns a watch that runs from now on.
    public static Stopwatch start() {
        return new Stopwatch();
    }

    /// Returns the time since the start.
    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - started);
    }

    /// Returns whether more than the given time has gone by since the start.
    public boolean hasPassed(Duration time) {
        return elapsed().compareTo(time) > 0;
    }
}
