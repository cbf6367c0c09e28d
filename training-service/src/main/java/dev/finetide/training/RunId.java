package dev.finetide.training;

import java.security.SecureRandom;
import java.time.Instant;

/// Makes ids of runs: `run-` and 18 characters that sort by time of creation (10 of milliseconds, 8 random).
final class RunId {
    /// Crockford's base 32, lower case: no i, l, o, u.
    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

    private static final SecureRandom RANDOM = new SecureRandom();

    private RunId() {}

    static String next(Instant now) {
        return "run-" + base32(now.toEpochMilli(), 10) + base32(RANDOM.nextLong(), 8);
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
