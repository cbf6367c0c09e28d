package dev.finetide.dataset.record;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.finetide.kit.error.ApiException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/// A compression around a container.
///
/// @param magic   first bytes of a compressed file
/// @param opening makes the stream of unpacked bytes
record Compression(String name, byte[] magic, Opening opening) {
    interface Opening {
        InputStream of(InputStream packed) throws IOException;
    }

    /// Every compression that is read.
    private static final List<Compression> TABLE = List.of(
            new Compression("gzip", bytes(0x1F, 0x8B), packed -> new GZIPInputStream(packed, 1 << 16)),
            new Compression("zstd", bytes(0x28, 0xB5, 0x2F, 0xFD), ZstdInputStreamNoFinalizer::new));

    /// Size from which on the ratio of unpacked to packed bytes counts. Short files of equal rows pack well.
    private static final long SMALL = 256L << 20;

    private static final int HIGHEST_RATIO = 250;

    /// Finds the compression of a file.
    ///
    /// @param first first bytes of the file
    static Optional<Compression> of(byte[] first) {
        return TABLE.stream()
                .filter(compression -> startsWith(first, compression.magic))
                .findFirst();
    }

    /// Unpacks a file.
    ///
    /// @param first  bytes that were read from the source
    /// @param packed the file from its beginning
    InputStream unpacked(String path, SourceStream source, InputStream packed) throws IOException {
        try {
            return new Unpacked(path, source, opening.of(new KnownEnd(packed, source)));
        } catch (IOException e) {
            source.checkRead();
            throw damaged(path, source, e);
        }
    }

    private ApiException damaged(String path, SourceStream source, IOException cause) {
        boolean early = cause instanceof EOFException
                || String.valueOf(cause.getMessage()).contains("Truncated")
                || String.valueOf(cause.getMessage()).contains("Unexpected end");
        return ApiException.invalidField(
                path,
                early
                        ? "its " + name + " stream ends early, after " + source.count()
                                + " bytes, expected a whole file"
                        : "its " + name + " stream is damaged within its first " + source.count() + " bytes");
    }

    static boolean startsWith(byte[] bytes, byte[] magic) {
        return bytes.length >= magic.length && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /// A buffered stream that never says that nothing is available before its end.
    private static final class KnownEnd extends BufferedInputStream {
        private final SourceStream source;

        KnownEnd(InputStream in, SourceStream source) {
            super(in, 1 << 16);
            this.source = source;
        }

        @Override
        public synchronized int available() throws IOException {
            return Math.max(super.available(), source.available());
        }
    }

    /// Unpacked bytes. Limits how much more they are than the packed ones, and says what is wrong with a damaged
    /// stream.
    private final class Unpacked extends InputStream {
        private final String path;
        private final SourceStream source;
        private final InputStream in;
        private long count;

        Unpacked(String path, SourceStream source, InputStream in) {
            this.path = path;
            this.source = source;
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read;
            try {
                read = in.read(bytes, offset, length);
            } catch (IOException e) {
                source.checkRead();
                throw damaged(path, source, e);
            }
            if (read < 0) {
                source.checkRead();
                return read;
            }
            count += read;
            if (count > SMALL && count / HIGHEST_RATIO > source.count()) {
                throw ApiException.invalidField(
                        path,
                        "its " + name + " stream unpacks to more than " + HIGHEST_RATIO + " times its size ("
                                + source.count() + " bytes become more than " + count + ")");
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
