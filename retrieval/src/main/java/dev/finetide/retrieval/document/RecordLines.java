package dev.finetide.retrieval.document;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Records of a .jsonl file, read line by line, so that a file of any size needs the memory of one record.
final class RecordLines {
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNestingDepth(100)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String file;
    private final InputStream in;
    private final int mostBytes;
    private long line;
    private long offset;
    private long given;

    RecordLines(String file, InputStream in, int mostBytes) {
        this.file = file;
        this.in = in;
        this.mostBytes = mostBytes;
    }

    interface Sink {
        /// @param name the field `document`, else the title, else file and line
        void accept(String name, String title, String text);
    }

    void read(Sink records) throws IOException {
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = in.read(buffer)) >= 0; ) {
            int from = 0;
            for (int at = 0; at < read; at++) {
                if (buffer[at] == '\n') {
                    append(record, buffer, from, at);
                    end(record, records);
                    from = at + 1;
                }
            }
            append(record, buffer, from, read);
        }
        end(record, records);
        if (given == 0) {
            throw new DocumentException(file, "holds no record");
        }
    }

    private void append(ByteArrayOutputStream record, byte[] buffer, int from, int to) {
        if (record.size() + to - from > mostBytes) {
            line++;
            throw at("is longer than " + mostBytes + " bytes, the most that one document may have");
        }
        record.write(buffer, from, to - from);
    }

    private void end(ByteArrayOutputStream record, Sink records) {
        line++;
        record(record.toByteArray(), records);
        offset += record.size() + 1;
        record.reset();
    }

    private void record(byte[] bytes, Sink records) {
        String json = StrictUtf8.decode(file, bytes, offset);
        if (json.isBlank()) {
            return;
        }
        JsonNode record = parsed(json);
        if (!record.isObject()) {
            throw at("is not a JSON object");
        }
        String title = field(record, "title");
        String text = field(record, "text");
        if (text.isBlank()) {
            throw at("has no text in its field text");
        }
        String document = field(record, "document");
        String name = !document.isBlank() ? document : !title.isBlank() ? title : file + " line " + line;
        given++;
        records.accept(name.strip(), title.isBlank() ? name.strip() : title.strip(), text);
    }

    private JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            // The library's message can hold text of the record.
            String column = e.getLocation() == null
                    ? ""
                    : " at column " + e.getLocation().getColumnNr();
            throw at("is not one valid JSON object: the mistake is found" + column);
        }
    }

    private String field(JsonNode record, String name) {
        JsonNode value = record.get(name);
        if (value == null || value.isNull()) {
            return "";
        }
        if (!value.isTextual()) {
            throw at("has a field " + name + " that is not a text");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(value.textValue())) {
            throw at("has a field " + name + " with half of a surrogate pair, which is no character");
        }
        return value.textValue();
    }

    private DocumentException at(String message) {
        return new DocumentException(file, "line " + line + " " + message);
    }
}
