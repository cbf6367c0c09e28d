package dev.finetide.dataset.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Converts a text file to UTF-8. A malformed byte becomes the byte 0xFF, which no UTF-8 has, so that the record with
/// it is refused, and only that one.
final class Utf8Stream extends InputStream {
    private static final int SIZE = 1 << 14;

    private final InputStream in;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(SIZE);
    private final CharBuffer chars = CharBuffer.allocate(SIZE);
    private byte[] converted = new byte[0];
    private int position;
    private boolean ended;

    Utf8Stream(InputStream in, Charset charset) {
        this.in = in;
        this.decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        bytes.flip();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        while (position == converted.length) {
            if (ended) {
                return -1;
            }
            convert();
        }
        int count = Math.min(length, converted.length - position);
        System.arraycopy(converted, position, target, offset, count);
        position += count;
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void convert() throws IOException {
        bytes.compact();
        int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
        bytes.position(bytes.position() + Math.max(0, read)).flip();
        chars.clear();
        CoderResult result = decoder.decode(bytes, chars, read < 0);
        boolean malformed = result.isError();
        if (malformed) {
            bytes.position(bytes.position() + result.length());
        } else if (read < 0 && result.isUnderflow()) {
            ended = true;
        }
        byte[] text = new String(chars.array(), 0, chars.position()).getBytes(StandardCharsets.UTF_8);
        converted = malformed ? java.util.Arrays.copyOf(text, text.length + 1) : text;
        if (malformed) {
            converted[text.length] = (byte) 0xFF;
        }
        position = 0;
    }
}
