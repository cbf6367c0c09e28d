package dev.finetide.dataset.recipe;

import dev.finetide.dataset.row.RowId;

/// Gives every row a place in a random order that depends on the seed and the row alone. So two samples
/// with one seed have the rows that both could choose.
final class SeededOrder {
    private final long seed;

    SeededOrder(long seed) {
        this.seed = mixed(seed + 0x9E3779B97F4A7C15L);
    }

    /// Returns the row's place: 63 random bits.
    long place(RecipeRow row) {
        return mixed(RowId.number(row.id()) ^ seed) >>> 1;
    }

    /// Returns the row's place as a number in [0, 1).
    double fraction(RecipeRow row) {
        return (place(row) >>> 10) * 0x1p-53;
    }

    /// Mixes bits, as the last step of MurmurHash3 does.
    private static long mixed(long bits) {
        long x = bits;
        x = (x ^ x >>> 33) * 0xFF51AFD7ED558CCDL;
        x = (x ^ x >>> 33) * 0xC4CEB9FE1A85EC53L;
        return x ^ x >>> 33;
    }
}
