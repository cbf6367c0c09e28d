package dev.finetide.blobs;

import java.util.Objects;
import java.util.regex.Pattern;

/// Checks keys against an allow-list, because a key may contain a name that a client chose. A key has no `..`, no
/// absolute path, no `\`, no NUL, and no `%` that somebody might decode again. A key fits into S3's 1,024 bytes.
public final class BlobKeys {

    private static final int MAX_LENGTH = 1024;
    private static final int MAX_SEGMENT = 200;
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_@=+,~-][A-Za-z0-9._@=+,~-]*");

    private BlobKeys() {}

    /// Returns `key` if it is one or more segments of letters, digits and `. _ @ = + , ~ -`, joined by `/`; a
    /// segment does not start with a dot.
    ///
    /// @throws IllegalArgumentException otherwise
    public static String requireKey(String key) {
        Objects.requireNonNull(key, "key");
        if (key.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "blob key of " + key.length() + " characters, at most " + MAX_LENGTH + " are allowed");
        }
        for (String segment : key.split("/", -1)) {
            if (segment.length() > MAX_SEGMENT || !SEGMENT.matcher(segment).matches()) {
                throw new IllegalArgumentException("blob key " + quote(key) + ": segment " + quote(segment)
                        + " is not 1 to " + MAX_SEGMENT + " of A-Z a-z 0-9 . _ @ = + , ~ - (first not a dot)");
            }
        }
        return key;
    }

    /// Returns `prefix` if it is a key followed by `/`.
    ///
    /// @throws IllegalArgumentException otherwise
    static String requirePrefix(String prefix) {
        Objects.requireNonNull(prefix, "prefix");
        if (!prefix.endsWith("/")) {
            throw new IllegalArgumentException("blob prefix " + quote(prefix) + " does not end with /");
        }
        requireKey(prefix.substring(0, prefix.length() - 1));
        return prefix;
    }

    /// Returns `blob` if its key is made of its own digest.
    ///
    /// @throws IllegalArgumentException otherwise
    static BlobRef requireContent(BlobRef blob) {
        if (!blob.key().equals(contentKey(blob.sha256()))) {
            throw new IllegalArgumentException("blob " + blob.key() + ": the key is not made of its digest");
        }
        return blob;
    }

    static String contentKey(String sha256) {
        return "sha256/" + sha256.substring(0, 2) + "/" + sha256;
    }

    /// Quotes a text without its control characters, which would garble the log line with the message.
    private static String quote(String text) {
        return '"' + text.replaceAll("\\p{Cntrl}", "?") + '"';
    }
}
