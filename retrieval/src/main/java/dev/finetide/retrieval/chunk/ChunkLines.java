package dev.finetide.retrieval.chunk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/// Chunks as JSON, one a line: how a document set keeps them.
public final class ChunkLines {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private ChunkLines() {}

    /// Returns a chunk as one line without its end.
    public static String write(Chunk chunk) {
        try {
            return JSON.writeValueAsString(chunk);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a chunk has no field that JSON cannot hold", e);
        }
    }

    /// Reads a line that [#write] wrote.
    ///
    /// @throws IllegalArgumentException when the line is no chunk; the message holds no text of the line
    public static Chunk read(String line) {
        try {
            return JSON.readValue(line, Chunk.class);
        } catch (JsonProcessingException | RuntimeException e) {
            throw new IllegalArgumentException("the line is no chunk in JSON");
        }
    }
}
