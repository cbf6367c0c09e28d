package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import java.nio.charset.StandardCharsets;

/// A record that stands in its file as JSON.
///
/// @param bytes  one JSON value
/// @param start  offset of the first byte in the file, after decompression
/// @param text   encoding of the file
record JsonBody(byte[] bytes, long start, TextEncoding text) implements Body {
    @Override
    public JsonNode json() throws RowFault {
        text.check(bytes, 0, bytes.length, start);
        return StrictJson.parse(bytes, "");
    }

    @Override
    public String raw() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public int sizeBytes() {
        return bytes.length;
    }
}
