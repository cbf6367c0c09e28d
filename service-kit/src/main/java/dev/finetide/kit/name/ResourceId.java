package dev.finetide.kit.name;

import java.security.SecureRandom;
import java.time.Instant;

/// Makes ids of resources: a word, and 18 characters that sort by time of creation (10 of milliseconds, 8 random).
public final class ResourceId {
    /// Crockford's base 32, lower case: no i, l, o, u.
    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

    private static final SecureRandom RANDOM = new SecureRandom();

    private ResourceId() {}

    /// Returns a new id.
    ///
    /// @param word what the id begins with: "run"
    public static String next(String word, Instant now) {
        return word + "-" + base32(now.toEpochMilli(), 10) + base32(RANDOM.nextLong(), 8);
    }

    private static String base32(long bits, int length) {
        char[] text = new char[length];
        for (int i = length - 1; i >= 0; i--) {
            text[i] = DIGITS.charAt((int) (bits & 31));
            bits >>>= 5;
        }
        return new String(text);
    }
}
