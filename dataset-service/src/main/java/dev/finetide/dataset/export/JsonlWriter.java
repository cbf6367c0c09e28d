package dev.finetide.dataset.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalJson;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/// Writes JSONL, one object per line.
final class JsonlWriter implements RecordWriter {
    private OutputStream out = OutputStream.nullOutputStream();

    @Override
    public void begin(OutputStream file, List<String> columns) {
        out = file;
    }

    @Override
    public void add(ObjectNode record) throws IOException {
        out.write(CanonicalJson.bytes(record));
        out.write('\n');
    }

    @Override
    public void end() throws IOException {
        out.flush();
    }
}
