package dev.finetide.kit.rpc;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Passes bytes on while the caller waits for what becomes of them. Whoever reads a large file for a
/// call ends with it.
public final class AwaitedBytes extends FilterInputStream {
    public AwaitedBytes(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        Caller.requirePresent();
        return super.read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Caller.requirePresent();
        return super.read(buffer, offset, length);
    }

    /// Skips a piece at a time.
    @Override
    public long skip(long n) throws IOException {
        Caller.requirePresent();
        return super.skip(Math.min(n, 1 << 20));
    }
}
