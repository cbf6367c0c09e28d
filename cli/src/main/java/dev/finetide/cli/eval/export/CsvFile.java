package dev.finetide.cli.eval.export;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A CSV file with one column for each field and metric. A field is empty where a record has no such score.
final class CsvFile implements RecordFile {
    private final CsvWriter writer;
    private final List<String> metrics;

    CsvFile(OutputStream out, ExportedRecord example, List<String> metrics) {
        this.metrics = metrics;
        this.writer = CsvWriter.builder().build(out, StandardCharsets.UTF_8);
        List<String> heads = new ArrayList<>(example.fields().keySet());
        heads.addAll(metrics);
        writer.writeRecord(heads);
    }

    @Override
    public void add(ExportedRecord record) {
        List<String> texts = new ArrayList<>();
        record.fields().values().forEach(value -> texts.add(value.toString()));
        for (String metric : metrics) {
            Double score = record.scores().get(metric);
            texts.add(score == null ? "" : score.toString());
        }
        writer.writeRecord(texts);
    }

    @Override
    public void end() throws IOException {
        writer.flush();
    }
}
