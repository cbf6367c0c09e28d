package dev.finetide.cli.files.parquet;

import dev.finetide.cli.files.parquet.ParquetColumn.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/// The values of one column in one row group, as one page: PLAIN values after the levels that say where there is none,
/// compressed with gzip.
final class ColumnValues {
    private static final int PLAIN = 0;
    private static final int RLE = 3;
    private static final int GZIP = 2;

    private final ParquetColumn column;
    private final ByteArrayOutputStream values = new ByteArrayOutputStream();
    private final ByteArrayOutputStream levels = new ByteArrayOutputStream();
    private int count;
    private int run;
    private boolean runIsPresent;
    private int flags;
    private int flagCount;

    ColumnValues(ParquetColumn column) {
        this.column = column;
    }

    /// Returns the size of the values so far, in bytes.
    int size() {
        return values.size();
    }

    /// @param value value of the column's kind; null for none
    /// @throws IllegalArgumentException for null where the column must have a value
    void add(Object value) {
        if (value == null && !column.isOptional()) {
            throw new IllegalArgumentException(column.name() + ": expected a value in each record");
        }
        count++;
        level(value != null);
        if (value != null) {
            write(value);
        }
    }

    private void level(boolean isPresent) {
        if (run > 0 && isPresent != runIsPresent) {
            endRun();
        }
        runIsPresent = isPresent;
        run++;
    }

    /// Writes a run of equal levels: twice its length as a varint, and the level.
    private void endRun() {
        int left = run << 1;
        while ((left & ~0x7F) != 0) {
            levels.write(left & 0x7F | 0x80);
            left >>>= 7;
        }
        levels.write(left);
        levels.write(runIsPresent ? 1 : 0);
        run = 0;
    }

    private void write(Object value) {
        switch (column.kind()) {
            case FLAG -> flag((Boolean) value);
            case INTEGER ->
                values.writeBytes(
                        little(8).putLong(0, ((Number) value).longValue()).array());
            case NUMBER ->
                values.writeBytes(
                        little(8).putDouble(0, ((Number) value).doubleValue()).array());
            case TEXT -> {
                byte[] text = ((String) value).getBytes(StandardCharsets.UTF_8);
                values.writeBytes(little(4).putInt(0, text.length).array());
                values.writeBytes(text);
            }
        }
    }

    /// Packs eight flags into a byte, the first into the lowest bit.
    private void flag(boolean isSet) {
        flags |= isSet ? 1 << flagCount : 0;
        if (++flagCount == 8) {
            endFlags();
        }
    }

    private void endFlags() {
        values.write(flags);
        flags = 0;
        flagCount = 0;
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Writes the page and returns the description of the column's chunk.
    ///
    /// @param offset place in the file at which the page begins
    CompactStruct writeTo(OutputStream out, long offset) throws IOException {
        byte[] plain = page();
        byte[] packed = packed(plain);
        byte[] header = new CompactStruct()
                .integer(1, 0)
                .integer(2, plain.length)
                .integer(3, packed.length)
                .struct(
                        5,
                        new CompactStruct()
                                .integer(1, count)
                                .integer(2, PLAIN)
                                .integer(3, RLE)
                                .integer(4, RLE))
                .toBytes();
        out.write(header);
        out.write(packed);
        CompactStruct described = new CompactStruct()
                .integer(1, column.kind().type)
                .integers(2, List.of(PLAIN, RLE))
                .texts(3, List.of(column.name()))
                .integer(4, GZIP)
                .number(5, count)
                .number(6, header.length + (long) plain.length)
                .number(7, header.length + (long) packed.length)
                .number(9, offset);
        return new CompactStruct().number(2, offset).struct(3, described);
    }

    private byte[] page() {
        if (run > 0) {
            endRun();
        }
        if (column.kind() == Kind.FLAG && flagCount > 0) {
            endFlags();
        }
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        if (column.isOptional()) {
            page.writeBytes(little(4).putInt(0, levels.size()).array());
            page.writeBytes(levels.toByteArray());
        }
        page.writeBytes(values.toByteArray());
        return page.toByteArray();
    }

    private static byte[] packed(byte[] plain) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
