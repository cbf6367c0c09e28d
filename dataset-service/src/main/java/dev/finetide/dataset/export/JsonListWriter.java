package dev.finetide.dataset.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes a JSON document with one list, each object on a line of its own.
final class JsonListWriter implements RecordWriter {
    private OutputStream out = OutputStream.nullOutputStream();
    private String before = "[\n";

    @Override
    public void begin(OutputStream file, List<String> columns) {
        out = file;
    }

    @Override
    public void add(ObjectNode record) throws IOException {
        out.write(before.getBytes(StandardCharsets.UTF_8));
        out.write(CanonicalJson.bytes(record));
        before = ",\n";
    }

    @Override
    public void end() throws IOException {
        out.write((before.equals("[\n") ? "[]\n" : "\n]\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
