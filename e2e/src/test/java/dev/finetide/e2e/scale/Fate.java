package dev.finetide.e2e.scale;

import java.util.random.RandomGenerator;

/// What becomes of one attempt of a run.
enum Fate {
    FINISHES(74),
    /// Says that no retry can help.
    FAILS(4),
    /// Says that a retry can help.
    ASKS_FOR_ANOTHER(4),
    /// Killed, without a word.
    DIES(4),
    /// Leaves before it has claimed its attempt, with sysexits' 66.
    MISSES_INPUT(2),
    /// Its pod is evicted, and it goes on writing once its successor works.
    EVICTED(6),
    /// Somebody deletes its Job.
    JOB_DELETED(3),
    /// Its user cancels it.
    CANCELLED(3);

    private final int weight;

    Fate(int weight) {
        this.weight = weight;
    }

    static Fate of(RandomGenerator random) {
        int drawn = random.nextInt(100);
        for (Fate fate : values()) {
            drawn -= fate.weight;
            if (drawn < 0) {
                return fate;
            }
        }
        throw new IllegalStateException("weights add up to less than 100");
    }
}
