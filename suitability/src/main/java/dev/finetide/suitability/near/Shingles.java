package dev.finetide.suitability.near;

import java.util.Arrays;
import java.util.Locale;

/// Cuts texts into overlapping pieces of 5 characters (shingles) and compares the sets of them. A
/// shingle is 64 bits of a hash.
public final class Shingles {
    /// Number of characters of a shingle.
    static final int LENGTH = 5;

    private Shingles() {}

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

    /// Returns the sorted set of a normalised text's shingles. A text of fewer characters is one
    /// shingle.
    static long[] of(String text) {
        int[] characters = text.codePoints().toArray();
        int count = Math.max(1, characters.length - LENGTH + 1);
        long[] hashes = new long[count];
        for (int i = 0; i < count; i++) {
            long hash = 0;
            for (int j = i; j < Math.min(characters.length, i + LENGTH); j++) {
                hash = mixed(hash * 0x9E3779B97F4A7C15L + characters[j] + 1);
            }
            hashes[i] = hash;
        }
        Arrays.sort(hashes);
        int distinct = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || hashes[i] != hashes[i - 1]) {
                hashes[distinct++] = hashes[i];
            }
        }
        return Arrays.copyOf(hashes, distinct);
    }

    /// Returns the Jaccard similarity of two sets: the size of the intersection by the size of the
    /// union.
    static double jaccard(long[] a, long[] b) {
        int common = 0;
        for (int i = 0, j = 0; i < a.length && j < b.length; ) {
            if (a[i] == b[j]) {
                common++;
                i++;
                j++;
            } else if (a[i] < b[j]) {
                i++;
            } else {
                j++;
            }
        }
        return (double) common / (a.length + b.length - common);
    }

    /// Mixes bits, as the last step of MurmurHash3 does.
    static long mixed(long bits) {
        long x = bits;
        x = (x ^ x >>> 33) * 0xFF51AFD7ED558CCDL;
        x = (x ^ x >>> 33) * 0xC4CEB9FE1A85EC53L;
        return x ^ x >>> 33;
    }
}
