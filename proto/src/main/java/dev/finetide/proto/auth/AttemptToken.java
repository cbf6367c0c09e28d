package dev.finetide.proto.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Makes the token of one attempt, and the seals of its worker's reports. Nothing is stored: the service that owns the
/// attempt makes the same token again from its own key. A token of another resource or attempt does not fit.
///
/// HMAC-SHA256 (RFC 2104) of the key and the text `attempt\nRESOURCE\nNUMBER`, and of the token and the report.
public final class AttemptToken {
    /// Begins every token of an attempt, so that a service knows it from the tokens of users.
    public static final String PREFIX = "fta_";

    /// The header of a record with the seal of its value.
    public static final String SEAL_HEADER = "finetide_seal";

    private static final String ALGORITHM = "HmacSHA256";

    private AttemptToken() {}

    /// Returns the token of an attempt: the prefix, the attempt's number and 64 hexadecimal digits.
    ///
    /// @param key secret of the service that owns the attempt, at least 16 bytes
    public static String of(byte[] key, String resource, int attempt) {
        return PREFIX + attempt + "_"
                + hex(key, ("attempt\n" + resource + "\n" + attempt).getBytes(StandardCharsets.UTF_8));
    }

    /// Returns the number of the attempt that a token says it is for; -1 if the text is no such token.
    public static int attempt(String token) {
        int end = token.indexOf('_', PREFIX.length());
        if (!token.startsWith(PREFIX) || end < 0) {
            return -1;
        }
        try {
            return Integer.parseInt(token.substring(PREFIX.length(), end));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /// Returns the seal of a report: 64 hexadecimal digits. The report names its resource, epoch and sequence number
    /// itself, so a seal fits no other report.
    public static String seal(String token, byte[] report) {
        return hex(token.getBytes(StandardCharsets.US_ASCII), report);
    }

    /// Compares two texts in a time that does not tell where they differ.
    public static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private static String hex(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return HexFormat.of().formatHex(mac.doFinal(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
