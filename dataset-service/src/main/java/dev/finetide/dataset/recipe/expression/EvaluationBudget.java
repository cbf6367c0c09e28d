package dev.finetide.dataset.recipe.expression;

import java.time.Duration;
import java.util.function.LongSupplier;

/// Bounds what one evaluation may cost: characters of the texts that it makes, and time. Bounds the time of all
/// evaluations of an expression, too, which grows with the number of rows. Not thread-safe.
final class EvaluationBudget {
    /// Largest number of characters of all texts that one evaluation makes.
    private static final long MOST_CHARACTERS = 32L << 20;

    private static final Duration LONGEST = Duration.ofSeconds(10);

    /// Time that each row adds: a thousand times what an expression usually takes.
    private static final Duration FOR_A_ROW = Duration.ofMillis(20);

    private final LongSupplier clock;
    private long characters;
    private long started;
    private long deadline;
    /// Time in nanoseconds that evaluations may take above what their rows add.
    private long left = LONGEST.toNanos();

    EvaluationBudget() {
        this(System::nanoTime);
    }

    /// @param clock monotonic time in nanoseconds
    EvaluationBudget(LongSupplier clock) {
        this.clock = clock;
    }

    /// Begins the evaluation of a row.
    void renew() {
        characters = MOST_CHARACTERS;
        left = Math.min(LONGEST.toNanos(), left + FOR_A_ROW.toNanos());
        started = clock.getAsLong();
        deadline = started + Math.max(left, FOR_A_ROW.toNanos());
    }

    /// Ends the evaluation of a row.
    void settle() {
        left -= clock.getAsLong() - started;
    }

    /// Takes characters before they are made.
    void take(long count) {
        characters -= count;
        if (characters < 0) {
            throw new Exceeded("makes more than " + (MOST_CHARACTERS >> 20) + " Mi characters of text");
        }
        checkTime();
    }

    void checkTime() {
        if (clock.getAsLong() - deadline > 0) {
            throw new Exceeded("takes longer than " + LONGEST.toSeconds() + " s for a row, or than "
                    + FOR_A_ROW.toMillis() + " ms for each of many rows");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new Exceeded("is interrupted");
        }
    }

    /// Ends an evaluation. The message is a clause without text of rows.
    static final class Exceeded extends RuntimeException {
        private static final long serialVersionUID = 1;

        Exceeded(String message) {
            super(message, null, false, false);
        }
    }
}
