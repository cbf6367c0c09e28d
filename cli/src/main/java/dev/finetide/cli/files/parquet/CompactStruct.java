package dev.finetide.cli.files.parquet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// One struct in Thrift's compact protocol, in which Parquet's footers and page headers are written. Fields are added
/// in the order of their numbers.
final class CompactStruct {
    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int STRUCT = 12;
    private static final int LONG_LIST = 15;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int last;

    CompactStruct integer(int field, int value) {
        head(field, I32);
        zigzag(value);
        return this;
    }

    CompactStruct number(int field, long value) {
        head(field, I64);
        zigzag(value);
        return this;
    }

    CompactStruct text(int field, String value) {
        head(field, BINARY);
        bytes(value);
        return this;
    }

    CompactStruct struct(int field, CompactStruct value) {
        head(field, STRUCT);
        bytes.writeBytes(value.toBytes());
        return this;
    }

    CompactStruct integers(int field, List<Integer> values) {
        list(field, I32, values.size());
        values.forEach(this::zigzag);
        return this;
    }

    CompactStruct texts(int field, List<String> values) {
        list(field, BINARY, values.size());
        values.forEach(this::bytes);
        return this;
    }

    CompactStruct structs(int field, List<CompactStruct> values) {
        list(field, STRUCT, values.size());
        values.forEach(value -> bytes.writeBytes(value.toBytes()));
        return this;
    }

    /// Returns the struct with the byte that ends it.
    byte[] toBytes() {
        byte[] fields = bytes.toByteArray();
        byte[] ended = new byte[fields.length + 1];
        System.arraycopy(fields, 0, ended, 0, fields.length);
        return ended;
    }

    private void head(int field, int type) {
        bytes.write((field - last) << 4 | type);
        last = field;
    }

    private void list(int field, int type, int size) {
        head(field, LIST);
        if (size < LONG_LIST) {
            bytes.write(size << 4 | type);
        } else {
            bytes.write(LONG_LIST << 4 | type);
            varint(size);
        }
    }

    private void bytes(String value) {
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        varint(encoded.length);
        bytes.writeBytes(encoded);
    }

    private void zigzag(long value) {
        varint(value << 1 ^ value >> 63);
    }

    private void varint(long value) {
        long left = value;
        while ((left & ~0x7FL) != 0) {
            bytes.write((int) (left & 0x7F | 0x80));
            left >>>= 7;
        }
        bytes.write((int) left);
    }
}
