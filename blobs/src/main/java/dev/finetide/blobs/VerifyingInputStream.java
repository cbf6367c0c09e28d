package dev.finetide.blobs;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/// Checks size and digest of the bytes that pass. If they differ from `expected`, throws before the last bytes
/// leave. The check comes with the last byte and not at the end of the stream, because a reader of exactly `size`
/// bytes never reaches the end.
final class VerifyingInputStream extends FilterInputStream {

    private final BlobRef expected;
    private final MessageDigest digest = Sha256.newDigest();
    private long count;
    private boolean verified;

    VerifyingInputStream(InputStream in, BlobRef expected) {
        super(in);
        this.expected = expected;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int n = verified ? -1 : in.read(buffer, offset, length);
        if (n > 0) {
            digest.update(buffer, offset, n);
            count += n;
        }
        if (!verified && (n < 0 || count >= expected.size())) {
            verify();
        }
        return n;
    }

    private void verify() throws IOException {
        if (count > expected.size() || in.read() >= 0) {
            throw BlobCorruptException.size(expected, "more");
        }
        if (count < expected.size()) {
            throw BlobCorruptException.size(expected, Long.toString(count));
        }
        String actual = Sha256.hex(digest);
        if (!actual.equals(expected.sha256())) {
            throw BlobCorruptException.digest(expected, actual);
        }
        verified = true;
    }

    /// Reads the bytes to skip, because they are part of the digest.
    @Override
    public long skip(long n) throws IOException {
        byte[] sink = new byte[(int) Math.clamp(n, 1, 1 << 16)];
        long left = n;
        while (left > 0) {
            int read = read(sink, 0, (int) Math.min(sink.length, left));
            if (read < 0) {
                break;
            }
            left -= read;
        }
        return n - Math.max(left, 0);
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
