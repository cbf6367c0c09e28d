package dev.finetide.metrics.stats;

import java.util.Arrays;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.simple.RandomSource;

/// Draws of a number of rows with replacement, as the multiplicity of each row. Draws of few rows
/// are kept in memory; those of many rows are made again each time, and are the same.
final class Resamples {
    private static final long MOST_BYTES = 48L << 20;

    private final int rows;
    private final int draws;
    private final long seed;
    private final byte[][] kept;

    Resamples(int rows, int draws, long seed) {
        this(rows, draws, seed, MOST_BYTES);
    }

    /// @param mostBytes size in bytes above which draws are made again each time
    Resamples(int rows, int draws, long seed, long mostBytes) {
        this.rows = rows;
        this.draws = draws;
        this.seed = seed;
        if ((long) rows * draws <= mostBytes) {
            byte[][] all = new byte[draws][];
            make((draw, counts) -> all[draw] = counts.clone());
            this.kept = all;
        } else {
            this.kept = null;
        }
    }

    int rows() {
        return rows;
    }

    int draws() {
        return draws;
    }

    /// Visits every draw in order. The array of multiplicities is the visitor's only during the
    /// call.
    void forEach(Visitor visitor) {
        if (kept == null) {
            make(visitor);
            return;
        }
        for (int draw = 0; draw < draws; draw++) {
            visitor.visit(draw, kept[draw]);
        }
    }

    private void make(Visitor visitor) {
        UniformRandomProvider random = RandomSource.XO_SHI_RO_256_PP.create(seed);
        byte[] counts = new byte[rows];
        for (int draw = 0; draw < draws; draw++) {
            Arrays.fill(counts, (byte) 0);
            for (int i = 0; i < rows; i++) {
                counts[random.nextInt(rows)]++;
            }
            visitor.visit(draw, counts);
        }
    }

    /// Takes one draw: the multiplicity of each row. A row is drawn more than 127 times in fewer
    /// than one of 10^200 draws of that many rows, and never where there are fewer rows.
    interface Visitor {
        void visit(int draw, byte[] counts);
    }
}
