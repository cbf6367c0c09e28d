package dev.finetide.dataset.source;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/// Tells the number of bytes that are read through it, as they are read.
public final class CountedStream extends FilterInputStream {
    private final LongConsumer read;

    /// @param read receives the number of further bytes
    public CountedStream(InputStream in, LongConsumer read) {
        super(in);
        this.read = read;
    }

    @Override
    public int read() throws IOException {
        int one = super.read();
        read.accept(one < 0 ? 0 : 1);
        return one;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        read.accept(Math.max(0, count));
        return count;
    }
}
