package dev.finetide.e2e.scale;

import java.util.random.RandomGenerator;

/// The end that one attempt of a run comes to.
enum Fate {
    FINISHES(74),
    /// The worker reports an error that no retry can mend.
    FAILS(4),
    /// The worker reports an error that a retry can mend.
    ASKS_FOR_ANOTHER(4),
    /// The worker is killed and reports nothing.
    DIES(4),
    /// The worker exits with 66, as sysexits has it, before it has claimed its attempt.
    MISSES_INPUT(2),
    /// The pod is evicted, and its worker still writes when its successor works.
    EVICTED(6),
    /// Somebody deletes the attempt's Job.
    JOB_DELETED(3),
    /// The user cancels the run.
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
