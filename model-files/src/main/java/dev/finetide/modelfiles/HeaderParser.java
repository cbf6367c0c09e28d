package dev.finetide.modelfiles;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Parses the JSON of a safetensors header field by field, before anybody allocates by its numbers. Accepted are only
/// headers without a duplicate name, with known element types, with tensors whose size is shape times element size, and
/// with tensors that cover the data without overlap, hole or rest.
final class HeaderParser {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private static final int MAX_DIMENSIONS = 16;

    /// The most tensors of one file: ten times those of the largest model of a known family.
    private static final int MAX_TENSORS = 100_000;

    private static final int MAX_NAME = 200;
    private static final int MAX_JSON_MESSAGE = 500;

    private final String file;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    /// @param file name of the file in error messages
    HeaderParser(String file) {
        this.file = file;
    }

    /// Parses a header into [#tensors] and [#metadata].
    ///
    /// @param dataBytes bytes of the file after the header
    /// @throws ModelFormatException naming the field that is wrong
    void parse(byte[] header, long dataBytes) {
        if (header.length == 0 || header[0] != '{') {
            throw malformed("the header is not a JSON object: it does not start with '{'");
        }
        try (JsonParser json = JSON.createParser(header)) {
            readObject(json);
            if (json.nextToken() != null) {
                throw malformed("the header goes on after its closing '}'");
            }
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(
                    file + ": the header is not JSON: " + printable(e.getOriginalMessage(), MAX_JSON_MESSAGE), e);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": the header cannot be read: " + e.getMessage(), e);
        }
        checkCover(dataBytes);
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
                if (tensors.size() > MAX_TENSORS) {
                    throw malformed("the header names more than " + MAX_TENSORS + " tensors");
                }
            }
        }
    }

    private void readMetadata(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            if (json.nextToken() != JsonToken.VALUE_STRING) {
                throw malformed("__metadata__." + printable(key, MAX_NAME) + " is not a string");
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
                    type = TensorType.named(dtype)
                            .orElseThrow(() -> malformed(
                                    "tensor " + quote(name) + " has unsupported dtype " + printable(dtype, MAX_NAME)));
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
            if (numbers.size() > MAX_DIMENSIONS) {
                throw malformed(
                        "tensor " + quote(name) + ": " + field + " has more than " + MAX_DIMENSIONS + " numbers");
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

    private static String quote(String name) {
        return "\"" + printable(name, MAX_NAME) + "\"";
    }

    /// Makes a text from the file fit for one line of a message: cut to a length in UTF-16 units, with control and
    /// formatting characters replaced.
    private static String printable(String text, int most) {
        String cut = text.length() > most ? text.substring(0, most) + "…" : text;
        return cut.replaceAll("\\p{C}", "?");
    }
}
