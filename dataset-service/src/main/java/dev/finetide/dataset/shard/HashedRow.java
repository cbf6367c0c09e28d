package dev.finetide.dataset.shard;

import dev.finetide.blobs.Sha256;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/// A row with the hashes that decide about its split, duplicates and overlaps. Hashes are 64 bits of a SHA-256, except
/// the row's, which only serves to compare rows.
///
/// @param input hash of the input; equal inputs have equal hashes
/// @param group hash of what stays together in one split: the value of a column, or the input without case, white space
///     and punctuation
/// @param content hash of the whole row
/// @param answer hash of the answer
/// @param jsonAnswer whether the answer is a JSON object or array
public record HashedRow(
        CanonicalRow row,
        SortedMap<String, String> tags,
        long input,
        long group,
        long content,
        long answer,
        boolean jsonAnswer) {

    /// @param group value of the group column, if there is one
    public static HashedRow of(CanonicalRow row, SortedMap<String, String> tags, Optional<String> group) {
        MessageDigest sha256 = Sha256.newDigest();
        byte[] input = input(row);
        byte[] grouped = group.map(value -> value.getBytes(StandardCharsets.UTF_8))
                .orElseGet(() -> withoutCaseAndPunctuation(input));
        return new HashedRow(
                row,
                tags,
                first64(sha256.digest(input)),
                first64(sha256.digest(grouped)),
                checksum(row.json()),
                checksum(row.answer().orElse("").getBytes(StandardCharsets.UTF_8)),
                row.hasJsonAnswer());
    }

    /// Returns what makes two rows one input. A text has no input; it is compared as a whole.
    private static byte[] input(CanonicalRow row) {
        return row.format() == RowFormat.TEXT ? row.json() : row.input();
    }

    /// Returns the hash of a row's input.
    static long inputHash(CanonicalRow row) {
        return first64(Sha256.newDigest().digest(input(row)));
    }

    /// Returns the letters and digits of an input in lower case; the input itself if there are none.
    ///
    /// The names and brackets of a JSON input stay the same for inputs that differ only in case and punctuation, so
    /// they do no harm. Letters outside ASCII are lowered, too.
    static byte[] withoutCaseAndPunctuation(byte[] input) {
        byte[] kept = new byte[input.length];
        int length = 0;
        for (byte b : input) {
            if (b < 0) {
                return withoutCaseAndPunctuation(new String(input, StandardCharsets.UTF_8), input);
            }
            if (b >= 'a' && b <= 'z' || b >= '0' && b <= '9') {
                kept[length++] = b;
            } else if (b >= 'A' && b <= 'Z') {
                kept[length++] = (byte) (b + 'a' - 'A');
            }
        }
        return length == 0 ? input : Arrays.copyOf(kept, length);
    }

    private static byte[] withoutCaseAndPunctuation(String text, byte[] input) {
        StringBuilder kept = new StringBuilder(text.length());
        text.codePoints()
                .filter(Character::isLetterOrDigit)
                .map(Character::toLowerCase)
                .forEach(kept::appendCodePoint);
        return kept.isEmpty() ? input : kept.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static long first64(byte[] digest) {
        return ByteBuffer.wrap(digest).getLong();
    }

    /// Returns 64 bits of two checksums over different polynomials, which are ten times as fast as SHA-256.
    private static long checksum(byte[] bytes) {
        CRC32 crc32 = new CRC32();
        crc32.update(bytes);
        CRC32C crc32c = new CRC32C();
        crc32c.update(bytes);
        return crc32.getValue() << 32 | crc32c.getValue();
    }
}
