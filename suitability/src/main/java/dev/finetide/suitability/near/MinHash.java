package dev.finetide.suitability.near;

import java.util.Random;

/// Makes MinHash signatures of sets and the keys of their bands. Sets with a band in common are
/// candidates for being near. Source: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, sections
/// 3.3 and 3.4.
final class MinHash {
    /// Number of permutations of a signature.
    static final int PERMUTATIONS = 128;

    /// Smallest probability with which two sets at the threshold become candidates.
    private static final double RECALL = 0.995;

    private final long[] factors = new long[PERMUTATIONS];
    private final long[] terms = new long[PERMUTATIONS];
    private final int rows;
    private final int bands;

    /// @param threshold similarity from which two sets are to be candidates
    MinHash(double threshold) {
        Random random = new Random(20_260_101);
        for (int i = 0; i < PERMUTATIONS; i++) {
            factors[i] = random.nextLong() | 1;
            terms[i] = random.nextLong();
        }
        int most = 1;
        for (int r = 2; r <= 16; r++) {
            if (recall(threshold, r) >= RECALL) {
                most = r;
            }
        }
        this.rows = most;
        this.bands = PERMUTATIONS / most;
    }

    /// Returns the probability that two sets of a similarity have a band in common.
    ///
    /// @param rows number of minima of a band
    static double recall(double similarity, int rows) {
        return 1 - Math.pow(1 - Math.pow(similarity, rows), (double) (PERMUTATIONS / rows));
    }

    int bands() {
        return bands;
    }

    int rows() {
        return rows;
    }

    /// Returns the keys of a set's bands.
    ///
    /// @param context what near sets have in common besides
    long[] keys(long[] shingles, long context) {
        int[] minima = new int[bands * rows];
        for (int i = 0; i < minima.length; i++) {
            int least = Integer.MAX_VALUE;
            long factor = factors[i];
            long term = terms[i];
            for (long shingle : shingles) {
                least = Math.min(least, (int) (shingle * factor + term >>> 33));
            }
            minima[i] = least;
        }
        long[] keys = new long[bands];
        for (int band = 0; band < bands; band++) {
            long key = context + band;
            for (int row = 0; row < rows; row++) {
                key = Shingles.mixed(key * 0x9E3779B97F4A7C15L + minima[band * rows + row]);
            }
            keys[band] = key;
        }
        return keys;
    }
}
