package dev.finetide.worker.evaluate.endpoint;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Says in words what a response is instead of JSON, without any of its text.
final class ResponseForm {
    private static final int GZIP_FIRST = 0x1f;
    private static final int GZIP_SECOND = 0x8b;

    private ResponseForm() {}

    /// Returns a part of a sentence that begins with a comma; empty for a form that is not known.
    static String of(byte[] body) {
        if (body.length >= 2 && (body[0] & 0xff) == GZIP_FIRST && (body[1] & 0xff) == GZIP_SECOND) {
            return ", but packed with gzip, which nobody asked for";
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString()
                    .strip();
        } catch (CharacterCodingException otherCharset) {
            return ", but bytes that are no UTF-8";
        }
        if (text.isEmpty()) {
            return ", but empty";
        }
        if (text.startsWith("<")) {
            return ", but HTML or XML";
        }
        if (text.startsWith("data:") || text.startsWith("event:") || text.startsWith(":")) {
            return ", but a stream of events, which nobody asked for";
        }
        return text.startsWith("{") ? ", but the beginning of one or more than one" : "";
    }
}
