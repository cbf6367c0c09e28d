package dev.finetide.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.kit.error.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Whether a safetensors file is whole: its header can be read, and its tensors fill the rest of the file without holes
/// or overlaps. Format: https://github.com/huggingface/safetensors#format
final class SafetensorsHeader {
    /// What the reference implementation allows, in bytes.
    private static final long LARGEST = 100_000_000;
    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("I64", 64),
            Map.entry("U64", 64),
            Map.entry("F64", 64));
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private record Extent(long begin, long end) {}

    private SafetensorsHeader() {}

    /// @param size of the file, in bytes
    /// @throws ApiException INVALID_FIELD
    static void check(String path, InputStream file, long size) throws IOException {
        byte[] prefix = file.readNBytes(8);
        long length = prefix.length < 8
                ? -1
                : ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > LARGEST || length > size - 8) {
            throw refused(
                    path,
                    "its header claims %d bytes, the file has %d and at most %d are allowed"
                            .formatted(length, Math.max(0, size - 8), LARGEST));
        }
        JsonNode header = parse(path, file.readNBytes((int) length));
        List<Extent> extents = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : header.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                extents.add(extent(path, FileNames.printable(entry.getKey()), entry.getValue()));
            }
        }
        extents.sort(Comparator.comparingLong(Extent::begin).thenComparingLong(Extent::end));
        long end = 0;
        for (Extent extent : extents) {
            if (extent.begin() != end) {
                throw refused(path, "its tensors leave a hole or overlap at byte " + end + " of the data");
            }
            end = extent.end();
        }
        if (end != size - 8 - length) {
            throw refused(
                    path,
                    "its tensors take %d bytes, the file has %d for them (cut off?)".formatted(end, size - 8 - length));
        }
    }

    private static JsonNode parse(String path, byte[] bytes) throws IOException {
        try {
            JsonNode header = bytes.length > 0 && bytes[0] == '{' ? JSON.readTree(bytes) : null;
            if (header == null || !header.isObject()) {
                throw refused(path, "its header is not a JSON object");
            }
            return header;
        } catch (JsonProcessingException e) {
            throw refused(path, "its header is not JSON");
        }
    }

    private static Extent extent(String path, String tensor, JsonNode entry) {
        JsonNode offsets = entry.path("data_offsets");
        Integer bits = BITS.get(entry.path("dtype").asText());
        if (bits == null
                || !entry.path("shape").isArray()
                || offsets.size() != 2
                || !offsets.get(0).isIntegralNumber()
                || !offsets.get(1).isIntegralNumber()
                || !offsets.get(0).canConvertToLong()
                || !offsets.get(1).canConvertToLong()) {
            throw refused(path, "tensor " + tensor + " has no known dtype, shape and data_offsets");
        }
        Extent extent = new Extent(offsets.get(0).longValue(), offsets.get(1).longValue());
        try {
            long elements = 1;
            for (JsonNode dimension : entry.get("shape")) {
                if (!dimension.isIntegralNumber() || dimension.longValue() < 0) {
                    throw refused(path, "tensor " + tensor + " has a shape that is not of whole numbers");
                }
                elements = Math.multiplyExact(elements, dimension.longValue());
            }
            long expected = Math.multiplyExact(elements, bits.longValue()) / 8;
            if (extent.begin() < 0 || Math.subtractExact(extent.end(), extent.begin()) != expected) {
                throw refused(
                        path, "tensor " + tensor + " needs " + expected + " bytes by its dtype and shape, has others");
            }
        } catch (ArithmeticException e) {
            throw refused(path, "tensor " + tensor + " is larger than any file");
        }
        return extent;
    }

    private static ApiException refused(String path, String problem) {
        return ApiException.invalidField("files[" + path + "]", "is not a whole safetensors file: " + problem);
    }
}
