package dev.finetide.kit.time;

import java.time.Duration;

/// A point of time on the clock of one process that never jumps, whatever is done to the machine's clock. A moment
/// means nothing to another process, nor after a restart.
///
/// @param nanos value of `System.nanoTime()`
public record Moment(long nanos) {
    public static Moment now() {
        return new Moment(System.nanoTime());
    }

    public static Moment later(Moment one, Moment other) {
        return one.isAfter(other) ? one : other;
    }

    public Moment plus(Duration time) {
        return new Moment(nanos + time.toNanos());
    }

    public boolean isAfter(Moment other) {
        return nanos - other.nanos > 0;
    }

    /// Returns the time that has gone by since an earlier moment.
    public Duration since(Moment earlier) {
        return Duration.ofNanos(nanos - earlier.nanos);
    }
}
