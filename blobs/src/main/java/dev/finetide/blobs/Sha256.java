package dev.finetide.blobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Computes SHA-256 digests, written in lower-case hex as everywhere here.
public final class Sha256 {

    private Sha256() {}

    public static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Completes a digest and returns it in lower-case hex.
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Returns the digest of some bytes.
    public static String hex(byte[] content) {
        MessageDigest digest = newDigest();
        digest.update(content);
        return hex(digest);
    }

    static BlobRef of(String key, Path file) throws IOException {
        try (MeasuredInputStream in = new MeasuredInputStream(Files.newInputStream(file))) {
            return in.drain(key);
        }
    }
}
