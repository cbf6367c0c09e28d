package dev.finetide.dataset.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.finetide.dataset.row.DocumentRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.dataset.shape.RowShape;
import dev.finetide.dataset.shape.RowShapes;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/// Writes canonical rows to a file in a shape and a container. Tags become further keys of the records. Not
/// thread-safe.
public final class RowExport {
    private static final List<String> KEYS = List.of("messages", "tools", "prompt", "completion", "text");

    private final RowShape shape;
    private final RecordWriter writer;
    private final RowFormat format;

    /// @param shape     name of the row shape; empty for the form that the rows have here
    /// @param container name of the container; empty for JSONL
    /// @param format    format of the rows
    /// @throws ApiException INVALID_FIELD for a shape or container that is unknown or not written
    public RowExport(String shape, String container, RowFormat format) {
        this.shape = format == RowFormat.DOCUMENTS ? passages(shape) : RowShapes.named(usual(shape, format));
        this.writer = RecordWriter.named(container.isEmpty() ? "jsonl" : container);
        this.format = format;
    }

    private static RowShape passages(String shape) {
        RowShape passages = new PassageShape();
        if (!shape.isEmpty() && !shape.equals(passages.name())) {
            throw ApiException.invalidField(
                    "shape", "expected none or documents for passages of documents, got " + RowFault.quoted(shape));
        }
        return passages;
    }

    private static String usual(String shape, RowFormat format) {
        if (!shape.isEmpty()) {
            return shape;
        }
        return switch (format) {
            case PROMPT_COMPLETION -> "prompt-completion";
            case TEXT -> "text";
            case CHAT, DOCUMENTS, ROW_FORMAT_UNSPECIFIED, UNRECOGNIZED -> "openai";
        };
    }

    /// Begins a file.
    ///
    /// @param tags names of the tags that rows may have, which become columns of CSV
    public void begin(OutputStream file, List<String> tags) throws IOException {
        List<String> columns = new ArrayList<>(shape.columns(format));
        tags.stream().filter(tag -> !columns.contains(tag)).forEach(columns::add);
        writer.begin(file, List.copyOf(columns));
    }

    /// Writes a row.
    ///
    /// @param canonicalJson canonical row, a JSON object in UTF-8; other members than those of a row are left out
    /// @throws RowFault for a row that the shape cannot hold; nothing is written of it
    public void add(byte[] canonicalJson, SortedMap<String, String> tags) throws IOException, RowFault {
        ObjectNode canonical = (ObjectNode) StrictJson.parse(canonicalJson, "");
        canonical.retain(format == RowFormat.DOCUMENTS ? DocumentRow.KEYS : KEYS);
        ObjectNode record = shape.write(canonical);
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            TextNode text = TextNode.valueOf(tag.getValue());
            if (record.has(tag.getKey()) && !record.get(tag.getKey()).equals(text)) {
                throw RowFault.of(
                        RowFault.place("", tag.getKey()),
                        "the row has a tag with the name of its own key " + RowFault.quoted(tag.getKey()));
            }
            record.set(tag.getKey(), text);
        }
        writer.add(record);
    }

    /// Writes the end of the file, without closing it.
    public void end() throws IOException {
        writer.end();
    }
}
