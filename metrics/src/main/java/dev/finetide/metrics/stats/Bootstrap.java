package dev.finetide.metrics.stats;

import java.util.LinkedHashMap;
import java.util.Map;

/// Draws rows with replacement. Samples of as many rows that share one bootstrap see the same
/// draws, so arms and metrics are compared on them, and draws are made once. Equal seeds give equal
/// draws. Not safe for use by several threads.
public final class Bootstrap {
    /// Number of draws behind each interval.
    public static final int DRAWS = 10_000;

    private static final int KEPT = 3;

    private final long seed;
    private final int draws;
    private final Map<Integer, Resamples> byRows = new LinkedHashMap<>(8, 0.75f, true);

    public Bootstrap(long seed) {
        this(seed, DRAWS);
    }

    Bootstrap(long seed, int draws) {
        this.seed = seed;
        this.draws = draws;
    }

    Resamples of(int rows) {
        Resamples resamples = byRows.computeIfAbsent(rows, n -> new Resamples(n, draws, seed));
        if (byRows.size() > KEPT) {
            byRows.remove(byRows.keySet().iterator().next());
        }
        return resamples;
    }
}
