package dev.finetide.dataset.row;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Decodes UTF-8 strictly: malformed bytes are refused with their place, never replaced. Not thread-safe.
final class Utf8 {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private CharBuffer chars = CharBuffer.allocate(1 << 12);

    /// Decodes bytes to a text that is valid until the next call.
    ///
    /// @param start offset of the first byte, for the reason
    /// @param place thing in which the offset counts, such as "the file"
    CharBuffer decode(byte[] bytes, int length, long start, String place) throws RowFault {
        if (chars.capacity() < length) { // never more chars than bytes
            chars = CharBuffer.allocate(Math.max(length, 2 * chars.capacity()));
        }
        chars.clear();
        decoder.reset();
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        CoderResult result = decoder.decode(in, chars, true);
        if (result.isError()) {
            throw new RowFault(place + " is not UTF-8 at byte offset " + (start + in.position()));
        }
        decoder.flush(chars);
        return chars.flip();
    }
}
