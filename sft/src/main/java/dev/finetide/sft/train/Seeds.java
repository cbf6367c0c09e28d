package dev.finetide.sft.train;

/// Seeds that follow from a run's seed and a place in it: an epoch, a step, a prompt.
public final class Seeds {
    /// 2^64 over the golden ratio. If places were only added, the seeds of one run would be those of the run
    /// with the next seed, moved by one place.
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private Seeds() {}

    public static long at(long seed, int place) {
        return seed * SPREAD + place;
    }
}
