package dev.finetide.retrieval.document;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Decodes UTF-8 and refuses everything else, naming the byte where it begins.
final class StrictUtf8 {
    private static final byte[] PDF = "%PDF-".getBytes(StandardCharsets.US_ASCII);

    private StrictUtf8() {}

    /// Decodes bytes; a byte order mark is left out.
    ///
    /// @param first offset of the first byte in its file, for messages
    /// @throws DocumentException when the bytes are not UTF-8, or hold a NUL, as binary files do
    static String decode(String file, byte[] bytes, long first) {
        refuseKnownBinary(file, bytes);
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw new DocumentException(file, "is not UTF-8: byte " + (first + in.position()) + " begins no character");
        }
        out.flip();
        for (int i = 0; i < out.length(); i++) {
            if (out.charAt(i) == 0) {
                throw new DocumentException(file, "is binary: it holds a NUL character");
            }
        }
        int from = first == 0 && !out.isEmpty() && out.charAt(0) == '\uFEFF' ? 1 : 0;
        return out.subSequence(from, out.length()).toString();
    }

    private static void refuseKnownBinary(String file, byte[] bytes) {
        if (bytes.length >= 2 && (bytes[0] == -1 && bytes[1] == -2 || bytes[0] == -2 && bytes[1] == -1)) {
            throw new DocumentException(file, "is UTF-16; store it as UTF-8");
        }
        if (bytes.length >= PDF.length && ByteBuffer.wrap(bytes, 0, PDF.length).equals(ByteBuffer.wrap(PDF))) {
            throw new DocumentException(file, "is a PDF; store its text as .txt, .md or .html");
        }
    }
}
