package dev.finetide.dataset.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Writes the records of one file in a container. Not thread-safe.
interface RecordWriter {
    /// Every container that is written. A new one is a class and a line here.
    Map<String, Supplier<RecordWriter>> TABLE = Map.of(
            "jsonl",
            JsonlWriter::new,
            "json",
            JsonListWriter::new,
            "csv",
            () -> new CsvRecordWriter(','),
            "tsv",
            () -> new CsvRecordWriter('\t'));

    /// @throws ApiException INVALID_FIELD if records cannot be written in that container
    static RecordWriter named(String container) {
        Supplier<RecordWriter> writer = TABLE.get(container);
        if (writer == null) {
            throw ApiException.invalidField(
                    "container",
                    "expected jsonl, json, csv or tsv (Parquet and Arrow are read and not written), got "
                            + RowFault.quoted(container));
        }
        return writer.get();
    }

    /// Begins a file.
    ///
    /// @param columns keys that records may have, in their order
    void begin(OutputStream file, List<String> columns) throws IOException;

    /// @throws RowFault for a record that the container cannot hold
    void add(ObjectNode record) throws IOException, RowFault;

    /// Writes the end of the file, without closing it.
    void end() throws IOException;
}
