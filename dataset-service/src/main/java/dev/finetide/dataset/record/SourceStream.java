package dev.finetide.dataset.record;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// The bytes of a file as they come, counted. Remembers a failed read, which decompressors may swallow or disguise.
final class SourceStream extends FilterInputStream {
    private long count;
    private boolean ended;
    private IOException failure;

    SourceStream(InputStream in) {
        super(in);
    }

    /// Returns the number of bytes that were read.
    long count() {
        return count;
    }

    /// Throws the failure of an earlier read, if one failed.
    void checkRead() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            int read = in.read(bytes, offset, length);
            ended = read < 0;
            count += Math.max(0, read);
            return read;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /// Returns 1 before the end. Java's gzip reader takes 0 for the end of the file, and a network stream often has 0.
    @Override
    public int available() {
        return ended ? 0 : 1;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
