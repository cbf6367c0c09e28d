package dev.finetide.cli.eval.export;

import dev.finetide.cli.files.parquet.ParquetColumn;
import dev.finetide.cli.files.parquet.ParquetColumn.Kind;
import dev.finetide.cli.files.parquet.ParquetWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/// A Parquet file with one column for each field and metric, and the tags of a row as JSON text. A score is null where
/// a record has none.
final class ParquetFile implements RecordFile {
    private final ParquetWriter writer;
    private final List<String> metrics;
    private final boolean hasTags;

    ParquetFile(OutputStream out, ExportedRecord example, List<String> metrics) throws IOException {
        this.metrics = metrics;
        this.hasTags = example.isAnswer();
        List<ParquetColumn> columns = new ArrayList<>();
        example.fields().forEach((name, value) -> columns.add(new ParquetColumn(name, kind(value), false)));
        metrics.forEach(metric -> columns.add(new ParquetColumn(metric, Kind.NUMBER, true)));
        if (hasTags) {
            columns.add(new ParquetColumn("tags", Kind.TEXT, true));
        }
        this.writer = new ParquetWriter(out, columns);
    }

    private static Kind kind(Object value) {
        return switch (value) {
            case Boolean _ -> Kind.FLAG;
            case Long _ -> Kind.INTEGER;
            case Double _ -> Kind.NUMBER;
            default -> Kind.TEXT;
        };
    }

    @Override
    public void add(ExportedRecord record) throws IOException {
        List<Object> values = new ArrayList<>(record.fields().values());
        metrics.forEach(metric -> values.add(record.scores().get(metric)));
        if (hasTags) {
            values.add(record.tags().isEmpty() ? null : JsonlFile.JSON.toJson(record.tags()));
        }
        writer.add(values);
    }

    @Override
    public void end() throws IOException {
        writer.end();
    }
}
