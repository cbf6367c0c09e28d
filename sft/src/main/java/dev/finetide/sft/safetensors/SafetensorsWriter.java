package dev.finetide.sft.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.file.AtomicFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Writes a safetensors file as Hugging Face libraries read it: with `__metadata__ {"format":"pt"}`, the tensors in
/// the given order, and a header that is padded with spaces to a multiple of 8 bytes. The file appears whole or not
/// at all.
public final class SafetensorsWriter {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CHUNK_BYTES = 1 << 20;

    private final TensorType type;
    private final Map<String, String> metadata = new LinkedHashMap<>(Map.of("format", "pt"));
    private final Map<String, Source> sources = new LinkedHashMap<>();

    private record Source(long[] shape, Elements elements) {
        long size() {
            return Arrays.stream(shape).reduce(1, Math::multiplyExact);
        }
    }

    /// The source of a tensor's elements.
    public interface Elements {
        /// Writes the elements in their order, as 32-bit floats in the machine's byte order, in any number of
        /// pieces.
        void writeTo(Pieces pieces) throws IOException;
    }

    /// The receiver of a tensor's elements.
    public interface Pieces {
        void write(MemorySegment floats) throws IOException;
    }

    /// Starts an empty file.
    ///
    /// @param type F32 or BF16 (rounded to nearest, ties to even)
    public SafetensorsWriter(TensorType type) {
        if (type != TensorType.F32 && type != TensorType.BF16) {
            throw new IllegalArgumentException("type is " + type + ", expected F32 or BF16");
        }
        this.type = type;
    }

    public SafetensorsWriter add(String name, long[] shape, MemorySegment floats) {
        return add(name, shape, pieces -> pieces.write(floats));
    }

    /// Adds a tensor.
    ///
    /// @param elements source of as many elements as the shape says
    public SafetensorsWriter add(String name, long[] shape, Elements elements) {
        sources.put(name, new Source(shape, elements));
        return this;
    }

    /// Adds an entry of `__metadata__`.
    public SafetensorsWriter metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    public void write(Path file) throws IOException {
        AtomicFile.write(file, this::writeTo);
    }

    private void writeTo(Path temp) throws IOException {
        byte[] header = header();
        try (FileChannel out = FileChannel.open(
                temp, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(out, buffer.putLong(header.length).flip());
            writeFully(out, ByteBuffer.wrap(header));
            for (Source source : sources.values()) {
                source.elements.writeTo(floats -> writeFloats(out, buffer, floats));
            }
        }
    }

    private void writeFloats(FileChannel out, ByteBuffer buffer, MemorySegment floats) throws IOException {
        long n = floats.byteSize() / Float.BYTES;
        int perChunk = CHUNK_BYTES / Float.BYTES;
        for (long start = 0; start < n; start += perChunk) {
            long end = Math.min(n, start + perChunk);
            buffer.clear();
            for (long i = start; i < end; i++) {
                float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
                if (type == TensorType.F32) {
                    buffer.putFloat(value);
                } else {
                    buffer.putShort(toBfloat16(value));
                }
            }
            writeFully(out, buffer.flip());
        }
    }

    private static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    private byte[] header() {
        ObjectNode json = JSON.createObjectNode();
        metadata.forEach(json.putObject("__metadata__")::put);
        long at = 0;
        for (Map.Entry<String, Source> entry : sources.entrySet()) {
            long bytes = entry.getValue().size() * type.bytes();
            ObjectNode tensor = json.putObject(entry.getKey());
            tensor.put("dtype", type.name());
            for (long dimension : entry.getValue().shape) {
                tensor.withArray("shape").add(dimension);
            }
            tensor.withArray("shape");
            tensor.withArray("data_offsets").add(at).add(at + bytes);
            at += bytes;
        }
        try {
            String text = JSON.writeValueAsString(json);
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            return (text + " ".repeat((8 - utf8.length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void writeFully(FileChannel out, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }
}
