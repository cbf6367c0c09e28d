package dev.finetide.sft.train;

/// Seeds that follow from a run's seed and a place in it: an epoch, a step, a prompt.
public final class Seeds {
    /// 2^64 over the golden ratio. Were places only added, those of one seed would be those of the next
    /// one, moved by one.
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private Seeds() {}

    public static long at(long seed, int place) {
        return seed * SPREAD + place;
    }
}
