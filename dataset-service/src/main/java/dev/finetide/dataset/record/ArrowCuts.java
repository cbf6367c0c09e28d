package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.kit.error.ApiException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Optional;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.dictionary.Dictionary;

/// Cuts Arrow IPC, as a stream (Hugging Face's `save_to_disk` writes it) or as a file. Structs become objects, lists
/// lists, and maps objects by their keys.
final class ArrowCuts implements Cutting {
    private static final byte[] FILE_MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    /// Length of the file's magic bytes with their padding.
    private static final int FILE_HEAD = 8;

    private final String path;
    private final ArrowMemory memory = new ArrowMemory();
    private final ArrowStream stream;
    private VectorSchemaRoot batch;
    private int row;
    private long number;

    private ArrowCuts(OpenedFile file) {
        this.path = file.path();
        this.stream = new ArrowStream(path, file.content(), memory.allocator());
    }

    static boolean isArrow(byte[] first) {
        boolean continued = Compression.startsWith(first, Compression.bytes(0xFF, 0xFF, 0xFF, 0xFF));
        return Compression.startsWith(first, FILE_MAGIC) || continued && first.length > 7 && first[7] == 0;
    }

    static Cutting open(OpenedFile file) throws IOException {
        if (Compression.startsWith(file.sample().bytes(), FILE_MAGIC)) {
            file.content().skipNBytes(FILE_HEAD);
        }
        ArrowCuts cuts = new ArrowCuts(file);
        try {
            cuts.batch = cuts.stream.getVectorSchemaRoot();
            cuts.row = cuts.batch.getRowCount();
            return cuts;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            ApiException damaged = cuts.damaged(e);
            cuts.discard();
            throw damaged;
        }
    }

    @Override
    public Optional<Cut> next() throws IOException {
        try {
            while (row == batch.getRowCount()) {
                if (!stream.loadNextBatch()) {
                    return Optional.empty();
                }
                row = 0;
            }
            number++;
            return Optional.of(record(row++));
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            throw damaged(e);
        }
    }

    @Override
    public void close() throws IOException {
        try (memory) {
            stream.close();
        }
    }

    /// Closes a file that is refused, and leaves its refusal as the error.
    private void discard() {
        try {
            close();
        } catch (IOException | RuntimeException e) {
            row = 0;
        }
    }

    private Cut record(int index) {
        Cells cells = new Cells();
        ObjectNode record = StrictJson.object();
        try {
            for (FieldVector column : batch.getFieldVectors()) {
                record.set(column.getName(), value(column, index, cells, RowFault.place("", column.getName())));
            }
            return new CutRecord(0, number, new TreeBody(record));
        } catch (RowFault fault) {
            return new CutFault(0, number, fault, Optional.empty());
        }
    }

    private JsonNode value(FieldVector vector, int index, Cells cells, String path) throws RowFault {
        if (vector.isNull(index)) {
            return cells.value(null, path);
        }
        if (vector.getField().getDictionary() != null && vector instanceof BaseIntVector ids) {
            Dictionary dictionary =
                    stream.lookup(vector.getField().getDictionary().getId());
            return value(
                    dictionary.getVector(), checked(ids.getValueAsLong(index), dictionary.getVector()), cells, path);
        }
        return switch (vector) {
            case BaseVariableWidthVector text ->
                cells.text(bytes(text.getDataBuffer(), text.getStartOffset(index), text.getEndOffset(index)), path);
            case BaseLargeVariableWidthVector text -> cells.text(large(text, index), path);
            case BaseVariableWidthViewVector text -> {
                cells.add(text.getValueLength(index), path);
                yield cells.text((byte[]) viewed(text, index), path);
            }
            case StructVector struct -> struct(struct, index, cells, path);
            case MapVector map -> map(map, index, cells, path);
            case ListVector list ->
                list(
                        list.getDataVector(),
                        list.getElementStartIndex(index),
                        list.getElementEndIndex(index),
                        cells,
                        path);
            case LargeListVector list ->
                list(
                        list.getDataVector(),
                        list.getElementStartIndex(index),
                        list.getElementEndIndex(index),
                        cells,
                        path);
            case FixedSizeListVector list ->
                list(
                        list.getDataVector(),
                        list.getElementStartIndex(index),
                        list.getElementEndIndex(index),
                        cells,
                        path);
            case UInt8Vector whole ->
                cells.value(new BigInteger(Long.toUnsignedString(whole.getValueAsLong(index))), path);
            case BaseIntVector whole -> cells.value(whole.getValueAsLong(index), path);
            case BitVector truth -> cells.value(truth.get(index) != 0, path);
            case DateDayVector day -> cells.value(LocalDate.ofEpochDay(day.get(index)), path);
            case FixedSizeBinaryVector bytes -> cells.text(bytes.get(index), path);
            default -> cells.value(vector.getObject(index), path);
        };
    }

    private ObjectNode struct(StructVector struct, int index, Cells cells, String path) throws RowFault {
        ObjectNode object = StrictJson.object();
        for (FieldVector child : struct.getChildrenFromFields()) {
            object.set(child.getName(), value(child, index, cells, RowFault.place(path, child.getName())));
        }
        return object;
    }

    private ArrayNode list(FieldVector elements, long from, long to, Cells cells, String path) throws RowFault {
        checkRange(from, to, elements.getValueCount());
        ArrayNode array = StrictJson.array();
        for (long i = from; i < to; i++) {
            array.add(value(elements, (int) i, cells, path + "[" + array.size() + "]"));
        }
        return array;
    }

    private ObjectNode map(MapVector map, int index, Cells cells, String path) throws RowFault {
        StructVector entries = (StructVector) map.getDataVector();
        checkRange(map.getElementStartIndex(index), map.getElementEndIndex(index), entries.getValueCount());
        FieldVector keys = entries.getChildrenFromFields().getFirst();
        FieldVector values = entries.getChildrenFromFields().getLast();
        ObjectNode object = StrictJson.object();
        for (int i = map.getElementStartIndex(index); i < map.getElementEndIndex(index); i++) {
            object.set(value(keys, i, cells, "a key of " + path).asText(), value(values, i, cells, path));
        }
        return object;
    }

    private static byte[] viewed(BaseVariableWidthViewVector text, int index) {
        return switch (text) {
            case org.apache.arrow.vector.ViewVarCharVector chars -> chars.get(index);
            case org.apache.arrow.vector.ViewVarBinaryVector binary -> binary.get(index);
            default -> throw new IllegalStateException("an unknown kind of view");
        };
    }

    private static byte[] large(BaseLargeVariableWidthVector text, int index) {
        ArrowBuf offsets = text.getOffsetBuffer();
        return bytes(text.getDataBuffer(), offsets.getLong(8L * index), offsets.getLong(8L * (index + 1)));
    }

    private static byte[] bytes(ArrowBuf data, long from, long to) {
        checkRange(from, to, data.capacity());
        // A longer text is refused by its length; no more is copied than shows it.
        byte[] bytes = new byte[(int) Math.min(to - from, StrictJson.LONGEST + 1L)];
        data.getBytes(from, bytes);
        return bytes;
    }

    private static int checked(long index, FieldVector vector) {
        checkRange(index, index + 1, vector.getValueCount());
        return (int) index;
    }

    private static void checkRange(long from, long to, long count) {
        if (from < 0 || to < from || to > count) {
            throw new IllegalStateException("a place outside its column");
        }
    }

    private ApiException damaged(Throwable cause) throws IOException {
        return switch (cause) {
            case ApiException known -> known;
            case EOFException early ->
                ApiException.invalidField(
                        path, "it is Arrow IPC that ends early, behind record " + number + ", expected a whole file");
            case UncheckedIOException failed -> throw failed.getCause();
            default ->
                ApiException.invalidField(
                        path,
                        "it is damaged Arrow IPC: its schema, batches or sizes are wrong behind record " + number);
        };
    }
}
