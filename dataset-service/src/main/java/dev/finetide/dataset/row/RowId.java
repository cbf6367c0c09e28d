package dev.finetide.dataset.row;

import dev.finetide.blobs.Sha256;
import java.util.HexFormat;

/// Makes ids of rows: the first 16 hex digits of the SHA-256 of the canonical row without tags and
/// place. Equal rows have one id, in all versions.
public final class RowId {
    /// Number of hexadecimal digits of an id: 64 bits.
    public static final int DIGITS = 16;

    private RowId() {}

    /// @param json canonical row in UTF-8
    public static String of(byte[] json) {
        return HexFormat.of().formatHex(Sha256.newDigest().digest(json), 0, DIGITS / 2);
    }

    /// Returns an id as a number, for sorting.
    ///
    /// @param id 16 hexadecimal digits
    public static long number(String id) {
        return HexFormat.fromHexDigitsToLong(id);
    }
}
