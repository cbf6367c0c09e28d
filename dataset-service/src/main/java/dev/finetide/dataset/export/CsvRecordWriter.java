package dev.finetide.dataset.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.finetide.dataset.row.CanonicalJson;
import dev.finetide.dataset.row.RowFault;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Writes CSV with a header line (RFC 4180, lines end with LF). Lists and objects are written as JSON text.
final class CsvRecordWriter implements RecordWriter {
    private final char delimiter;
    private List<String> columns = List.of();
    private Writer text = Writer.nullWriter();
    private CsvWriter csv;

    CsvRecordWriter(char delimiter) {
        this.delimiter = delimiter;
    }

    @Override
    public void begin(OutputStream file, List<String> columns) {
        this.columns = columns;
        text = new OutputStreamWriter(file, StandardCharsets.UTF_8);
        csv = CsvWriter.builder()
                .fieldSeparator(delimiter)
                .lineDelimiter(LineDelimiter.LF)
                .build(text);
        csv.writeRecord(columns);
    }

    @Override
    public void add(ObjectNode record) throws RowFault {
        for (String key : (Iterable<String>) record::fieldNames) {
            if (!columns.contains(key)) {
                throw RowFault.at(RowFault.place("", key), "has no column in the header line");
            }
        }
        List<String> fields = new ArrayList<>(columns.size());
        for (String column : columns) {
            JsonNode value = record.path(column);
            fields.add(value.isContainerNode() ? CanonicalJson.text(value) : value.asText(""));
        }
        csv.writeRecord(fields);
    }

    @Override
    public void end() throws IOException {
        csv.flush();
        text.flush();
    }
}
