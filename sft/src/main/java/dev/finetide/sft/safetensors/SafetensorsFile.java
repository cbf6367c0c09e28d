package dev.finetide.sft.safetensors;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.SafetensorsHeader;
import dev.finetide.modelfiles.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/// A safetensors file that is mapped into memory. Opening a file reads only the header; the pages of a tensor are
/// read with the tensor. Files and tensors may be larger than 2 GiB. The constructor checks the whole header.
public final class SafetensorsFile implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT_LE =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT_LE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment data;
    private final SafetensorsHeader header;

    /// Opens a file.
    ///
    /// @throws ModelFormatException when the file is missing or malformed; the message says where and how
    public SafetensorsFile(Path path) {
        this.path = path;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            header = SafetensorsHeader.read(path.toString(), Channels.newInputStream(channel), size);
            data = channel.map(MapMode.READ_ONLY, header.dataStart(), size - header.dataStart(), arena);
        } catch (IOException e) {
            arena.close();
            throw new ModelFormatException(path + ": cannot be read: " + e, e);
        } catch (ModelFormatException e) {
            arena.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    public SafetensorsHeader header() {
        return header;
    }

    /// Returns the tensors by name, in the order of the header.
    public Map<String, TensorInfo> tensors() {
        return header.tensors();
    }

    public Map<String, String> metadata() {
        return header.metadata();
    }

    /// @throws ModelFormatException when the file has no such tensor
    public TensorInfo tensor(String name) {
        TensorInfo tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new ModelFormatException(path + ": tensor \"" + name + "\" is missing");
        }
        return tensor;
    }

    /// Returns the raw little-endian bytes of a tensor, which are valid until [#close].
    ///
    /// @throws ModelFormatException when the file has no such tensor
    public MemorySegment bytes(String name) {
        TensorInfo tensor = tensor(name);
        return data.asSlice(tensor.begin(), tensor.end() - tensor.begin());
    }

    /// Copies elements of a tensor of any floating type into 32-bit floats of the machine's byte order.
    ///
    /// @param first index of the first copied element
    /// @param target memory with 4 bytes for each copied element
    /// @throws ModelFormatException when the file has no such tensor, or the tensor has another type
    public void readFloats(String name, long first, MemorySegment target) {
        TensorInfo tensor = tensor(name);
        long n = target.byteSize() / Float.BYTES;
        long bytes = tensor.type().bytes();
        MemorySegment source = bytes(name).asSlice(first * bytes, n * bytes);
        switch (tensor.type()) {
            case F32 -> MemorySegment.copy(source, FLOAT_LE, 0, target, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, n);
            case BF16 -> {
                for (long i = 0; i < n; i++) {
                    float value = Float.intBitsToFloat(source.getAtIndex(SHORT_LE, i) << 16);
                    target.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, value);
                }
            }
            case F16 -> {
                for (long i = 0; i < n; i++) {
                    float value = Float.float16ToFloat(source.getAtIndex(SHORT_LE, i));
                    target.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, value);
                }
            }
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new ModelFormatException(
                        path + ": tensor \"" + name + "\" is " + tensor.type() + ", expected F32, F16 or BF16");
        }
        // Without this, all pages that were read count as memory of this process until the file is closed.
        source.unload();
    }

    /// Returns a small floating tensor as an array. Throws as [#readFloats] does.
    public float[] floats(String name) {
        float[] values = new float[Math.toIntExact(tensor(name).elements())];
        readFloats(name, 0, MemorySegment.ofArray(values));
        return values;
    }

    @Override
    public void close() {
        arena.close();
    }
}
