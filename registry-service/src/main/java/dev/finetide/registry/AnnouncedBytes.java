package dev.finetide.registry;

import dev.finetide.blobs.Sha256;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/// Passes bytes on and checks them against the announced size and digest. Wrong bytes are refused before their end,
/// so that the blob store stores nothing.
final class AnnouncedBytes extends FilterInputStream {
    private final BlobFile announced;
    private final MessageDigest digest = Sha256.newDigest();
    private long size;

    AnnouncedBytes(InputStream in, BlobFile announced) {
        super(in);
        this.announced = announced;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /// Reads bytes.
    ///
    /// @throws ApiException DIGEST_MISMATCH if the bytes are not those announced
    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        if (read > 0) {
            digest.update(buffer, offset, read);
            size += read;
            if (size > announced.getSizeBytes()) {
                throw mismatch("size " + announced.getSizeBytes(), "more");
            }
        }
        if (read < 0) {
            String actual = Sha256.hex(digest);
            if (size != announced.getSizeBytes()) {
                throw mismatch("size " + announced.getSizeBytes(), Long.toString(size));
            }
            if (!actual.equals(announced.getSha256())) {
                throw mismatch("sha256 " + announced.getSha256(), actual);
            }
        }
        return read;
    }

    private ApiException mismatch(String expected, String actual) {
        String path = FileNames.printable(announced.getPath());
        return ApiException.of(
                ErrorReason.DIGEST_MISMATCH,
                path + ": the bytes are not those announced: expected " + expected + ", got " + actual,
                "path",
                path,
                "expected",
                expected,
                "actual",
                actual);
    }
}
