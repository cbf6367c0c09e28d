package dev.finetide.modelfiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.Map;

/// The header of a safetensors file: where its tensors lie, and its metadata.
///
/// A file begins with the header's length in 8 little-endian bytes, then comes the header as a JSON object, then the
/// data. Source: https://github.com/huggingface/safetensors#format
///
/// @param dataStart first byte of the data in the file
/// @param tensors tensors by name, in the header's order; together they cover the data without overlap, hole or rest
/// @param metadata texts of the header's `__metadata__`
public record SafetensorsHeader(long dataStart, Map<String, TensorInfo> tensors, Map<String, String> metadata) {
    /// The largest header in bytes, as huggingface_hub limits it. The reference implementation reads
    /// four times as much.
    public static final long MAX_BYTES = 25_000_000;

    public SafetensorsHeader {
        tensors = Collections.unmodifiableMap(tensors);
        metadata = Collections.unmodifiableMap(metadata);
    }

    /// Reads and checks the header of a file. The data after the header is not read.
    ///
    /// @param file name of the file in error messages
    /// @param content bytes of the file from its beginning
    /// @param size size of the whole file in bytes
    /// @throws ModelFormatException when the header is malformed, or the tensors do not fill the rest of the file
    /// @throws IOException when the content cannot be read
    public static SafetensorsHeader read(String file, InputStream content, long size) throws IOException {
        byte[] prefix = content.readNBytes(Long.BYTES);
        if (size < Long.BYTES || prefix.length < Long.BYTES) {
            throw new ModelFormatException(file + ": " + size + " bytes, too short for a safetensors file");
        }
        long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 0 || length > MAX_BYTES || length > size - Long.BYTES) {
            throw new ModelFormatException(file + ": the header is said to have " + Long.toUnsignedString(length)
                    + " bytes, the file has " + size + ", at most " + MAX_BYTES + " are accepted");
        }
        long dataStart = Long.BYTES + length;
        HeaderParser parser = new HeaderParser(file);
        parser.parse(content.readNBytes((int) length), size - dataStart);
        return new SafetensorsHeader(dataStart, parser.tensors(), parser.metadata());
    }
}
