package dev.finetide.suitability.near;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongConsumer;

/// The set of a text's overlapping pieces of 5 characters (shingles), each as 64 bits of a hash. Of a text of more than
/// 65,536 characters a part is kept that the hash chooses, the same part in every text.
public final class Shingles {
    /// Number of characters of a shingle.
    static final int LENGTH = 5;

    /// Largest number of characters of a text whose shingles are all kept. Similarity is then measured on 32,768
    /// shingles or more, within 0.01.
    static final int ALL_KEPT = 1 << 16;

    private static final long[] FACTORS = {
        0x9E3779B97F4A7C15L, 0xBF58476D1CE4E5B9L, 0x94D049BB133111EBL, 0xD6E8FEB86659FD93L, 0xA0761D6478BD642FL
    };

    private final long[] sorted;
    /// Bits that are 0 in each hash that is kept.
    private final long mask;

    private Shingles(long[] sorted, long mask) {
        this.sorted = sorted;
        this.mask = mask;
    }

    /// Returns a text in lower case with one space for all white space.
    public static String normalised(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        boolean gap = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                gap = true;
            } else {
                if (gap && !kept.isEmpty()) {
                    kept.append(' ');
                }
                gap = false;
                kept.append(c);
            }
        }
        return kept.toString().toLowerCase(Locale.ROOT);
    }

    /// Returns the set of a normalised text's shingles. A text of fewer characters is one shingle.
    static Shingles of(String text) {
        long mask = Math.max(1, Integer.highestOneBit(Math.max(1, text.length() - 1) / ALL_KEPT) * 2L) - 1;
        Kept kept = new Kept(mask);
        each(text, kept);
        long[] hashes = kept.hashes;
        Arrays.sort(hashes, 0, kept.count);
        int distinct = 0;
        for (int i = 0; i < kept.count; i++) {
            if (i == 0 || hashes[i] != hashes[i - 1]) {
                hashes[distinct++] = hashes[i];
            }
        }
        return new Shingles(Arrays.copyOf(hashes, distinct), mask);
    }

    private static final class Kept implements LongConsumer {
        private final long mask;
        private long[] hashes = new long[256];
        private int count;

        Kept(long mask) {
            this.mask = mask;
        }

        @Override
        public void accept(long hash) {
            if ((hash & mask) == 0) {
                if (count == hashes.length) {
                    hashes = Arrays.copyOf(hashes, 2 * count);
                }
                hashes[count++] = hash;
            }
        }
    }

    /// Gives the hash of each shingle of a normalised text, as often as it stands there.
    static void each(String text, LongConsumer use) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        int count = 0;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            long e = codePoint + 1L;
            count++;
            if (count >= LENGTH) {
                use.accept(hash(a, b, c, d, e));
            }
            a = b;
            b = c;
            c = d;
            d = e;
        }
        if (count < LENGTH) {
            use.accept(hash(0, a, b, c, d));
        }
    }

    private static long hash(long a, long b, long c, long d, long e) {
        return mixed(a * FACTORS[0] + b * FACTORS[1] + c * FACTORS[2] + d * FACTORS[3] + e * FACTORS[4]);
    }

    int size() {
        return sorted.length;
    }

    /// Returns the Jaccard similarity of two sets: the size of the intersection by the size of the union. Of sets that
    /// keep different parts, the common part is compared.
    static double jaccard(Shingles a, Shingles b) {
        long mask = a.mask | b.mask;
        return jaccard(a.part(mask), b.part(mask), Integer.MAX_VALUE);
    }

    /// Returns whether the similarity of two sets is a threshold or more.
    static boolean areNear(Shingles a, Shingles b, double threshold) {
        long mask = a.mask | b.mask;
        long[] left = a.part(mask);
        long[] right = b.part(mask);
        double both = left.length + right.length;
        // Near sets have threshold * both / (1 + threshold) shingles in common; one more allows for rounding.
        int most = (int) Math.ceil(both - 2 * threshold * both / (1 + threshold)) + 1;
        return Math.abs(left.length - right.length) <= most && jaccard(left, right, most) >= threshold;
    }

    /// @param most number of shingles of one set alone, beyond which the similarity is not counted to its end
    private static double jaccard(long[] left, long[] right, int most) {
        int i = 0;
        int j = 0;
        int common = 0;
        int alone = 0;
        while (i < left.length && j < right.length && alone <= most) {
            if (left[i] == right[j]) {
                common++;
                i++;
                j++;
            } else {
                alone++;
                if (left[i] < right[j]) {
                    i++;
                } else {
                    j++;
                }
            }
        }
        int union = left.length + right.length - common;
        return union == 0 || alone > most ? 0 : (double) common / union;
    }

    private long[] part(long other) {
        return other == mask
                ? sorted
                : Arrays.stream(sorted).filter(hash -> (hash & other) == 0).toArray();
    }

    /// Mixes bits, as the last step of MurmurHash3 does.
    static long mixed(long bits) {
        long x = bits;
        x = (x ^ x >>> 33) * 0xFF51AFD7ED558CCDL;
        x = (x ^ x >>> 33) * 0xC4CEB9FE1A85EC53L;
        return x ^ x >>> 33;
    }
}
