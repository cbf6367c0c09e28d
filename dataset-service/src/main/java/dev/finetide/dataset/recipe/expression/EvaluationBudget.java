package dev.finetide.dataset.recipe.expression;

import java.time.Duration;

/// Bounds what one evaluation may cost: characters of the texts that it makes, and time. Not
/// thread-safe.
final class EvaluationBudget {
    /// Largest number of characters of all texts that one evaluation makes.
    private static final long MOST_CHARACTERS = 32L << 20;

    private static final Duration LONGEST = Duration.ofSeconds(10);

    private long characters;
    private long deadline;

    void renew() {
        characters = MOST_CHARACTERS;
        deadline = System.nanoTime() + LONGEST.toNanos();
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
        if (System.nanoTime() > deadline) {
            throw new Exceeded("takes longer than " + LONGEST.toSeconds() + " s");
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
