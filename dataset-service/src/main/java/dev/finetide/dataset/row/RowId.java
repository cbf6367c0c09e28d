package dev.finetide.dataset.row;

import dev.finetide.blobs.Sha256;
import java.util.HexFormat;

/// The id of a row: equal rows have one id, in all versions.
public final class RowId {
    private static final int DIGEST_BYTES = 8;

    private RowId() {}

    /// Returns the first 16 hexadecimal digits of the SHA-256 of a canonical row.
    ///
    /// @param canonicalJson row without source and tags
    public static String of(byte[] canonicalJson) {
        return HexFormat.of().formatHex(Sha256.newDigest().digest(canonicalJson), 0, DIGEST_BYTES);
    }
}
