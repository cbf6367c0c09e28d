package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.chunk.ChunkLines;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes canonical rows of passages of documents. Such a row asks and answers nothing, so all of it is
/// its input.
public final class DocumentRow {
    /// Keys of a row, in their order.
    public static final List<String> KEYS = List.of("document", "title", "headings", "parts", "start", "end", "text");

    private DocumentRow() {}

    public static CanonicalRow of(Chunk chunk) {
        return of(ChunkLines.write(chunk).getBytes(StandardCharsets.UTF_8));
    }

    static boolean is(ObjectNode object) {
        return object.has("document") && object.has("parts");
    }

    static CanonicalRow of(byte[] json) {
        return new CanonicalRow(RowFormat.DOCUMENTS, json, json, Set.of(), Optional.empty());
    }
}
