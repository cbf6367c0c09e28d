package dev.finetide.cli.files.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.cli.files.parquet.ParquetColumn.Kind;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Hardwood, an independent reader, reads what was written. pyarrow 26.0.1 (`pyarrow.parquet.read_table`) and DuckDB
/// 2.0.1 (`select … from 'file.parquet'`) read files of the same records with the same values and types.
class ParquetWriterTest {
    private static final List<ParquetColumn> COLUMNS = List.of(
            new ParquetColumn("row", Kind.INTEGER, false),
            new ParquetColumn("text", Kind.TEXT, false),
            new ParquetColumn("flag", Kind.FLAG, false),
            new ParquetColumn("score", Kind.NUMBER, true),
            new ParquetColumn("tags", Kind.TEXT, true),
            new ParquetColumn("perhaps", Kind.FLAG, true),
            new ParquetColumn("never", Kind.NUMBER, true));

    @TempDir
    Path directory;

    private static List<Object> values(int i) {
        return Arrays.asList(
                i % 2 == 0 ? (long) i : -(long) i,
                "Zeile " + i + " äöü 漢字 😀 \u0000\n",
                i % 3 == 0,
                i % 5 == 0 ? null : i % 7 == 0 ? Double.NaN : (Object) (i / 3.0),
                i % 1000 < 500 ? null : "{\"k\":" + i + "}",
                i % 4 == 0 ? null : (Object) (i % 8 == 1),
                null);
    }

    private Path written(int rows) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ParquetWriter writer = new ParquetWriter(bytes, COLUMNS);
        for (int i = 0; i < rows; i++) {
            writer.add(values(i));
        }
        writer.end();
        return Files.write(directory.resolve(rows + ".parquet"), bytes.toByteArray());
    }

    @Test
    void anIndependentReaderReadsEveryValueOfSeveralRowGroups() throws IOException {
        int rows = 60_001;
        try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(written(rows)));
                RowReader reader = file.rowReader()) {
            assertThat(file.getFileMetaData().rowGroups()).hasSize(2);
            for (int i = 0; i < rows; i++) {
                assertThat(reader.hasNext()).isTrue();
                reader.next();
                List<Object> expected = values(i);
                for (int c = 0; c < COLUMNS.size(); c++) {
                    if (!Objects.equals(expected.get(c), reader.getValue(c))) {
                        assertThat(reader.getValue(c))
                                .as("row %d, %s", i, COLUMNS.get(c))
                                .isEqualTo(expected.get(c));
                    }
                }
            }
            assertThat(reader.hasNext()).isFalse();
        }
    }

    @Test
    void aFileWithoutRecordsHasItsColumns() throws IOException {
        try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(written(0)))) {
            assertThat(file.getFileMetaData().numRows()).isZero();
            assertThat(file.getFileSchema().getRootNode().children())
                    .extracting(node -> node.name())
                    .containsExactly("row", "text", "flag", "score", "tags", "perhaps", "never");
        }
        byte[] bytes = Files.readAllBytes(directory.resolve("0.parquet"));
        assertThat(new String(bytes, 0, 4, StandardCharsets.US_ASCII)).isEqualTo("PAR1");
        assertThat(new String(bytes, bytes.length - 4, 4, StandardCharsets.US_ASCII))
                .isEqualTo("PAR1");
    }

    @Test
    void aRecordThatDoesNotFitIsRefused() throws IOException {
        ParquetWriter writer = new ParquetWriter(new ByteArrayOutputStream(), COLUMNS);
        assertThatThrownBy(() -> writer.add(List.of(1L))).hasMessage("expected 7 values, got 1");
        assertThatThrownBy(() -> writer.add(Arrays.asList(null, "t", true, null, null, null, null)))
                .hasMessage("row: expected a value in each record");
    }
}
