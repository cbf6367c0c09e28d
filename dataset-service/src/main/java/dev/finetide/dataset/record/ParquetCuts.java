package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.kit.error.ApiException;
import dev.hardwood.InputFile;
import dev.hardwood.metadata.LogicalType;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqMap;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.StructAccessor;
import dev.hardwood.schema.SchemaNode;
import dev.hardwood.schema.SchemaNode.GroupNode;
import dev.hardwood.schema.SchemaNode.PrimitiveNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Cuts Apache Parquet. Structs become objects, lists lists, and maps objects by their keys. Needs random access: a
/// file that is not on this machine is copied first.
final class ParquetCuts implements Cutting {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int DEEPEST = 64;
    /// Time after which the library does not come back. A page takes some milliseconds.
    private static final Duration STALLED = Duration.ofSeconds(30);

    private final String path;
    private final ParquetFileReader file;
    private final StallGuard guard;
    private final RowReader rows;
    private final List<SchemaNode> columns;
    private final Optional<Path> copy;
    private long number;
    private boolean broken;

    private ParquetCuts(String path, ParquetFileReader file, Optional<Path> copy, StallGuard guard) {
        this.path = path;
        this.file = file;
        this.columns = file.getFileSchema().getRootNode().children();
        this.copy = copy;
        checkDepth(file.getFileSchema().getRootNode(), 0);
        this.guard = guard;
        this.rows = guard.call(file::rowReader);
    }

    static boolean isParquet(byte[] first) {
        return Compression.startsWith(first, MAGIC);
    }

    static Cutting open(OpenedFile file) throws IOException {
        return open(file, STALLED);
    }

    /// @param stalled time after which the library does not come back
    static Cutting open(OpenedFile file, Duration stalled) throws IOException {
        Optional<Path> copy = file.local().isPresent() ? Optional.empty() : Optional.of(spool(file));
        ParquetFileReader reader = null;
        StallGuard guard = new StallGuard(stalled);
        try {
            Path local = copy.orElseGet(() -> file.local().orElseThrow());
            reader = ParquetFileReader.open(InputFile.of(local));
            try (FileChannel pages = FileChannel.open(local)) {
                ParquetPages.check(pages, reader.getFileMetaData());
            }
            return new ParquetCuts(file.path(), reader, copy, guard);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            guard.close();
            if (reader != null) {
                guard.callAside(closing(reader, Optional.empty()));
            }
            delete(copy);
            throw e instanceof ApiException known ? known : damaged(file.path(), "", e);
        } finally {
            file.content().close();
        }
    }

    @Override
    public Optional<Cut> next() throws IOException {
        try {
            if (!guard.call(rows::hasNext)) {
                return Optional.empty();
            }
            rows.next();
            number++;
            return Optional.of(record());
        } catch (RuntimeException | OutOfMemoryError e) {
            broken = true;
            throw damaged(path, " behind record " + number, e);
        }
    }

    @Override
    public void close() throws IOException {
        guard.close();
        try {
            if (broken) {
                guard.callAside(closing(file, Optional.of(rows)));
            } else {
                rows.close();
                file.close();
            }
        } finally {
            delete(copy);
        }
    }

    /// Closes a damaged file, on which the library may wait for ever. Its other errors say nothing more.
    private static Runnable closing(ParquetFileReader file, Optional<RowReader> rows) {
        return () -> {
            try (file) {
                rows.ifPresent(RowReader::close);
            } catch (IOException | RuntimeException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private Cut record() {
        try {
            return new CutRecord(0, number, new TreeBody(struct(rows, columns, new Cells(), "")));
        } catch (RowFault fault) {
            return new CutFault(0, number, fault, Optional.empty());
        }
    }

    private static ObjectNode struct(StructAccessor struct, List<SchemaNode> fields, Cells cells, String path)
            throws RowFault {
        ObjectNode object = StrictJson.object();
        for (int i = 0; i < fields.size(); i++) {
            SchemaNode field = fields.get(i);
            Object value = isText(field) ? struct.getRawValue(i) : struct.getValue(i);
            object.set(field.name(), value(value, field, cells, RowFault.place(path, field.name())));
        }
        return object;
    }

    private static JsonNode value(Object value, SchemaNode node, Cells cells, String path) throws RowFault {
        return switch (value) {
            case PqStruct struct -> struct(struct, ((GroupNode) node).children(), cells, path);
            case PqList list -> list(list, ((GroupNode) node).getListElement(), cells, path);
            case PqMap map -> map(map, (GroupNode) node, cells, path);
            case Long whole when isUnsigned(node) -> cells.value(new BigInteger(Long.toUnsignedString(whole)), path);
            case Integer whole when isUnsigned(node) -> cells.value(Integer.toUnsignedLong(whole), path);
            case null, default -> cells.value(value, path);
        };
    }

    private static ArrayNode list(PqList list, SchemaNode element, Cells cells, String path) throws RowFault {
        ArrayNode array = StrictJson.array();
        for (int i = 0; i < list.size(); i++) {
            Object value = isText(element) ? list.getRaw(i) : list.get(i);
            array.add(value(value, element, cells, path + "[" + i + "]"));
        }
        return array;
    }

    private static ObjectNode map(PqMap map, GroupNode node, Cells cells, String path) throws RowFault {
        ObjectNode object = StrictJson.object();
        for (PqMap.Entry entry : map.getEntries()) {
            Object key = isText(node.getMapKey()) ? entry.getRawKey() : entry.getKey();
            Object value = isText(node.getMapValue()) ? entry.getRawValue() : entry.getValue();
            object.set(cells.value(key, "a key of " + path).asText(), value(value, node.getMapValue(), cells, path));
        }
        return object;
    }

    /// Tells whether a column holds text: bytes that are marked as text, or not marked at all.
    private static boolean isText(SchemaNode node) {
        return node instanceof PrimitiveNode primitive
                && primitive.type() == PhysicalType.BYTE_ARRAY
                && switch (primitive.logicalType()) {
                    case null -> true;
                    case LogicalType.StringType text -> true;
                    case LogicalType.EnumType text -> true;
                    case LogicalType.JsonType text -> true;
                    default -> false;
                };
    }

    private static boolean isUnsigned(SchemaNode node) {
        return node instanceof PrimitiveNode primitive
                && primitive.logicalType() instanceof LogicalType.IntType whole
                && !whole.isSigned();
    }

    private void checkDepth(SchemaNode node, int depth) {
        if (depth > DEEPEST) {
            throw ApiException.invalidField(path, "its columns are nested deeper than " + DEEPEST + " levels");
        }
        if (node instanceof GroupNode group) {
            group.children().forEach(child -> checkDepth(child, depth + 1));
        }
    }

    private static Path spool(OpenedFile file) throws IOException {
        Path copy = Files.createTempFile(file.scratch(), "records", ".parquet");
        try {
            Files.copy(file.content(), copy, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            return copy;
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(copy);
            throw e;
        }
    }

    private static void delete(Optional<Path> copy) throws IOException {
        if (copy.isPresent()) {
            Files.deleteIfExists(copy.get());
        }
    }

    /// Names what is wrong with a file. Messages of the library may quote values, and are left out.
    private static ApiException damaged(String path, String place, Throwable cause) {
        boolean codec =
                String.valueOf(cause.getMessage()).contains("codec") || cause instanceof UnsupportedOperationException;
        ApiException damaged = ApiException.invalidField(
                path,
                codec
                        ? "it is Parquet with a compression or encoding that is not read" + place
                                + ", expected none, snappy, gzip, zstd or lz4"
                        : "it is damaged Parquet: its footer, pages or sizes are wrong" + place);
        damaged.initCause(cause);
        return damaged;
    }
}
