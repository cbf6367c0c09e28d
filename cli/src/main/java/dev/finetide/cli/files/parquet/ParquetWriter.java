package dev.finetide.cli.files.parquet;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Writes flat records as a Parquet file (format version 1, parquet.apache.org/docs/file-format). Memory holds one row
/// group. Not thread-safe.
///
/// Each library that writes Parquet on the JVM brings Hadoop's file system along, more bytes than the whole command.
public final class ParquetWriter {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_GROUP_BYTES = 16 << 20;
    private static final int MOST_GROUP_ROWS = 50_000;

    private final OutputStream out;
    private final List<ParquetColumn> columns;
    private final List<CompactStruct> groups = new ArrayList<>();
    private List<ColumnValues> group;
    private int groupRows;
    private long rows;
    private long written;

    /// Begins a file.
    ///
    /// @param columns one column or more, with different names
    public ParquetWriter(OutputStream out, List<ParquetColumn> columns) throws IOException {
        this.out = out;
        this.columns = List.copyOf(columns);
        this.group = emptyGroup();
        write(MAGIC);
    }

    private List<ColumnValues> emptyGroup() {
        return columns.stream().map(ColumnValues::new).toList();
    }

    /// Adds a record.
    ///
    /// @param values a value of each column, in their order: Boolean, Number or String; null for none
    /// @throws IllegalArgumentException for another number of values, or none where there must be one
    public void add(List<?> values) throws IOException {
        if (values.size() != columns.size()) {
            throw new IllegalArgumentException("expected " + columns.size() + " values, got " + values.size());
        }
        int bytes = 0;
        for (int i = 0; i < values.size(); i++) {
            group.get(i).add(values.get(i));
            bytes += group.get(i).size();
        }
        groupRows++;
        if (bytes >= MOST_GROUP_BYTES || groupRows >= MOST_GROUP_ROWS) {
            endGroup();
        }
    }

    private void endGroup() throws IOException {
        List<CompactStruct> chunks = new ArrayList<>();
        long plainBytes = 0;
        Counting counting = new Counting();
        for (ColumnValues values : group) {
            plainBytes += values.size();
            chunks.add(values.writeTo(counting, written));
        }
        groups.add(new CompactStruct().structs(1, chunks).number(2, plainBytes).number(3, groupRows));
        rows += groupRows;
        groupRows = 0;
        group = emptyGroup();
    }

    /// Writes the end of the file, without closing it.
    public void end() throws IOException {
        if (groupRows > 0) {
            endGroup();
        }
        List<CompactStruct> schema = new ArrayList<>();
        schema.add(new CompactStruct().text(4, "schema").integer(5, columns.size()));
        columns.forEach(column -> schema.add(column.schema()));
        byte[] footer = new CompactStruct()
                .integer(1, 1)
                .structs(2, schema)
                .number(3, rows)
                .structs(4, groups)
                .text(6, "finetide version 1.0 (build 1)")
                .toBytes();
        write(footer);
        write(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, footer.length)
                .array());
        write(MAGIC);
        out.flush();
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }

    /// Counts what pages write, so that the footer can say where each begins.
    private final class Counting extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            ParquetWriter.this.write(new byte[] {(byte) one});
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            ParquetWriter.this.write(bytes);
        }
    }
}
