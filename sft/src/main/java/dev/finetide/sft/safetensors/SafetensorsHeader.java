package dev.finetide.sft.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.finetide.sft.ModelFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads and checks the JSON header of a safetensors file, field by field, before anybody allocates
/// by its numbers: no duplicate name, known types, sizes that are shape times element size, and
/// tensors that cover the data without overlap, hole or rest. Source: the format's own description
/// (`8-byte length, JSON, data`).
final class SafetensorsHeader {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private final String file;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private SafetensorsHeader(String file) {
        this.file = file;
    }

    /// @param dataBytes bytes of the file after the header
    static SafetensorsHeader parse(String file, byte[] header, long dataBytes) {
        SafetensorsHeader parsed = new SafetensorsHeader(file);
        if (header.length == 0 || header[0] != '{') {
            throw parsed.malformed("the header does not start with '{'");
        }
        try (JsonParser json = JSON.createParser(header)) {
            parsed.readObject(json);
            if (json.nextToken() != null) {
                throw parsed.malformed("the header goes on after its closing '}'");
            }
        } catch (IOException e) {
            throw new ModelFormatException(file + ": the header is not JSON: " + e.getMessage(), e);
        }
        parsed.checkCover(dataBytes);
        return parsed;
    }

    Map<String, TensorInfo> tensors() {
        return tensors;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    private void readObject(JsonParser json) throws IOException {
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw malformed(quote(name) + " is not an object");
            }
            if (name.equals("__metadata__")) {
                readMetadata(json);
            } else {
                tensors.put(name, readTensor(name, json));
            }
        }
    }

    private void readMetadata(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            if (json.nextToken() != JsonToken.VALUE_STRING) {
                throw malformed("__metadata__." + key + " is not a string");
            }
            metadata.put(key, json.getText());
        }
    }

    private TensorInfo readTensor(String name, JsonParser json) throws IOException {
        TensorType type = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "dtype" -> {
                    String dtype = value == JsonToken.VALUE_STRING ? json.getText() : "no string";
                    type = TensorType.of(dtype)
                            .orElseThrow(() -> malformed("tensor " + quote(name) + " has unsupported dtype " + dtype));
                }
                case "shape" -> shape = readNumbers(name, field, value, json);
                case "data_offsets" -> offsets = readNumbers(name, field, value, json);
                default -> throw malformed("tensor " + quote(name) + " has an unknown field " + quote(field));
            }
        }
        if (type == null || shape == null || offsets == null || offsets.size() != 2) {
            throw malformed("tensor " + quote(name) + " needs dtype, shape and two data_offsets");
        }
        TensorInfo tensor = new TensorInfo(name, type, shape, offsets.get(0), offsets.get(1));
        checkSize(tensor);
        return tensor;
    }

    private List<Long> readNumbers(String name, String field, JsonToken start, JsonParser json) throws IOException {
        List<Long> numbers = new ArrayList<>();
        if (start != JsonToken.START_ARRAY) {
            throw malformed("tensor " + quote(name) + ": " + field + " is not an array");
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
                    || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    || json.getLongValue() < 0) {
                throw malformed("tensor " + quote(name) + ": " + field + " holds something that is no natural number");
            }
            numbers.add(json.getLongValue());
            if (numbers.size() > 16) {
                throw malformed("tensor " + quote(name) + ": " + field + " has more than 16 numbers");
            }
        }
        return numbers;
    }

    private void checkSize(TensorInfo tensor) {
        long bytes = tensor.type().bytes();
        try {
            for (long dimension : tensor.shape()) {
                bytes = Math.multiplyExact(bytes, dimension);
            }
        } catch (ArithmeticException e) {
            throw new ModelFormatException(
                    file + ": tensor " + quote(tensor.name()) + ": shape " + tensor.shape() + " overflows", e);
        }
        if (tensor.end() - tensor.begin() != bytes) {
            throw malformed("tensor " + quote(tensor.name()) + ": " + tensor.type() + tensor.shape() + " takes " + bytes
                    + " bytes, data_offsets span " + (tensor.end() - tensor.begin()));
        }
    }

    private void checkCover(long dataBytes) {
        List<TensorInfo> ordered = new ArrayList<>(tensors.values());
        ordered.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
        long at = 0;
        for (TensorInfo tensor : ordered) {
            if (tensor.end() > dataBytes) {
                throw malformed("tensor " + quote(tensor.name()) + " ends at byte " + tensor.end()
                        + " of the data, which has " + dataBytes);
            }
            if (tensor.begin() != at) {
                throw malformed("tensor " + quote(tensor.name()) + " begins at byte " + tensor.begin()
                        + " of the data, but "
                        + (tensor.begin() < at ? "the one before it ends at " : "nothing covers it from ") + at);
            }
            at = tensor.end();
        }
        if (at != dataBytes) {
            throw malformed("the tensors end at byte " + at + " of the data, which has " + dataBytes);
        }
    }

    private ModelFormatException malformed(String what) {
        return new ModelFormatException(file + ": " + what);
    }

    /// A name from the file, short enough for one line of a message.
    private static String quote(String name) {
        return "\"" + (name.length() > 200 ? name.substring(0, 200) + "…" : name) + "\"";
    }
}
