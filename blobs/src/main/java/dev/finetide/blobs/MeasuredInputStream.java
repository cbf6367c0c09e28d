package dev.finetide.blobs;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/// Counts the bytes that pass and computes their digest.
final class MeasuredInputStream extends FilterInputStream {
    private final MessageDigest digest = Sha256.newDigest();
    private long size;

    MeasuredInputStream(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n = in.read(buffer, offset, length);
        if (n > 0) {
            digest.update(buffer, offset, n);
            size += n;
        }
        return n;
    }

    /// Reads the bytes to skip, because they are part of the digest.
    @Override
    public long skip(long n) throws IOException {
        byte[] sink = new byte[(int) Math.clamp(n, 1, 1 << 16)];
        return Math.max(read(sink, 0, (int) Math.min(sink.length, n)), 0);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /// Reads the rest, and returns the reference to all bytes as a blob. Called once.
    BlobRef drain(String key) throws IOException {
        byte[] sink = new byte[1 << 16];
        while (read(sink, 0, sink.length) >= 0) {
            // The read itself counts.
        }
        return new BlobRef(key, size, Sha256.hex(digest));
    }
}
