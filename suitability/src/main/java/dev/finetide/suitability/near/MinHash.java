package dev.finetide.suitability.near;

import java.util.Arrays;
import java.util.Random;

/// Makes MinHash signatures of texts and the keys of their bands. Texts with a band in common are candidates for being
/// near. Source: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, sections 3.3 and 3.4. Thread-safe.
final class MinHash {
    /// Number of permutations of a signature.
    static final int PERMUTATIONS = 128;

    /// Smallest probability with which two texts at the threshold become candidates.
    private static final double RECALL = 0.999;

    private static final int BLOCK = 1_024;

    private final int[] factors = new int[PERMUTATIONS];
    private final int[] terms = new int[PERMUTATIONS];
    private final int rows;
    private final int bands;

    /// @param threshold similarity from which two texts are to be candidates
    MinHash(double threshold) {
        Random random = new Random(20_260_101);
        for (int i = 0; i < PERMUTATIONS; i++) {
            factors[i] = random.nextInt() | 1;
            terms[i] = random.nextInt();
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

    /// Returns the probability that two texts of a similarity have a band in common.
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

    /// Returns the keys of a normalised text's bands.
    ///
    /// @param context what near texts have in common besides
    long[] keys(String text, long context) {
        Minima minima = new Minima();
        Shingles.each(text, minima::add);
        minima.finish();
        long[] keys = new long[bands];
        for (int band = 0; band < bands; band++) {
            long key = context + band;
            for (int row = 0; row < rows; row++) {
                key = Shingles.mixed(key * 0x9E3779B97F4A7C15L + minima.least[band * rows + row]);
            }
            keys[band] = key;
        }
        return keys;
    }

    /// The least value of each permutation so far. Shingles come in blocks of 32-bit hashes, because the processor then
    /// permutes 8 or 16 of them at once.
    private final class Minima {
        private final int[] least = new int[bands * rows];
        private final int[] block = new int[BLOCK];
        private int count;

        Minima() {
            Arrays.fill(least, Integer.MAX_VALUE);
        }

        void add(long shingle) {
            if (count == BLOCK) {
                finish();
            }
            block[count++] = (int) (shingle >>> 32);
        }

        void finish() {
            for (int i = 0; i < least.length; i++) {
                least[i] = Math.min(least[i], least(block, count, factors[i], terms[i]));
            }
            count = 0;
        }

        private static int least(int[] block, int count, int factor, int term) {
            int least = Integer.MAX_VALUE;
            for (int i = 0; i < count; i++) {
                least = Math.min(least, block[i] * factor + term);
            }
            return least;
        }
    }
}
