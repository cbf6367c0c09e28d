package dev.finetide.modelfiles.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/// A JSON file of a model directory. Each field is read with the type and range that it must have.
/// A null counts as absent, as it does for transformers.
public final class ConfigJson {
    /// The largest accepted file in bytes: larger than any published tokenizer.json (about 35 MB),
    /// and small enough to hold in memory.
    private static final long MAX_FILE_BYTES = 64L << 20;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final String where;
    private final ObjectNode fields;

    private ConfigJson(String where, ObjectNode fields) {
        this.where = where;
        this.fields = fields;
    }

    private interface Reading<T> {
        T from(InputStream in) throws IOException;
    }

    /// Reads a file.
    ///
    /// @throws ModelFormatException when the file is missing, too large or holds no JSON object
    public static ConfigJson read(Path file) {
        return reading(file, in -> {
            if (JSON.readTree(in) instanceof ObjectNode object) {
                return new ConfigJson(file.toString(), object);
            }
            throw new ModelFormatException(file + ": expected a JSON object");
        });
    }

    /// Reads one member of a file's object, and holds no other one in memory. Returns a missing
    /// node where the member is absent.
    ///
    /// @throws ModelFormatException as [#read] does
    public static JsonNode readMember(Path file, String name) {
        return reading(file, in -> {
            try (JsonParser parser = JSON.createParser(in)) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw new ModelFormatException(file + ": expected a JSON object");
                }
                JsonNode found = MissingNode.getInstance();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    boolean isWanted = parser.currentName().equals(name);
                    parser.nextToken();
                    if (isWanted) {
                        found = JSON.readTree(parser);
                    } else {
                        parser.skipChildren();
                    }
                }
                return found;
            }
        });
    }

    private static <T> T reading(Path file, Reading<T> reading) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelFormatException(file + ": no such file");
            }
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new ModelFormatException(
                        file + ": " + Files.size(file) + " bytes, at most " + MAX_FILE_BYTES + " are accepted");
            }
            try (InputStream in = Files.newInputStream(file)) {
                return reading.from(in);
            }
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(file + ": not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /// Reads a file as [#read] does. A missing file counts as an object without fields.
    public static ConfigJson readIfThere(Path file) {
        return Files.exists(file) ? read(file) : new ConfigJson(file.toString(), JSON.createObjectNode());
    }

    /// Whether the field exists and is not null.
    public boolean has(String name) {
        return fields.hasNonNull(name);
    }

    /// Whether the field exists and is null.
    public boolean isNull(String name) {
        return fields.path(name).isNull();
    }

    /// Returns a field unchecked, or a missing node where the field is absent.
    public JsonNode raw(String name) {
        return fields.path(name);
    }

    /// Returns all fields.
    public JsonNode raw() {
        return fields;
    }

    /// Returns a copy of all fields, to be changed and written elsewhere.
    public ObjectNode copy() {
        return fields.deepCopy();
    }

    /// Reads a whole number from `min` to `max`.
    ///
    /// @throws ModelFormatException naming the field when it is no whole number, or out of range
    public int integer(String name, int min, int max) {
        JsonNode value = fields.path(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw wrong(name, "a whole number from " + min + " to " + max);
        }
        return value.intValue();
    }

    /// Reads a whole number as [#integer(String, int, int)] does.
    ///
    /// @param absent number to return where the field is absent
    public int integer(String name, int min, int max, int absent) {
        return has(name) ? integer(name, min, max) : absent;
    }

    /// Reads a finite number above 0.
    ///
    /// @throws ModelFormatException naming the field when it is anything else
    public double positive(String name) {
        JsonNode value = fields.path(name);
        if (!value.isNumber() || !(value.doubleValue() > 0) || Double.isInfinite(value.doubleValue())) {
            throw wrong(name, "a number above 0");
        }
        return value.doubleValue();
    }

    /// Reads a number as [#positive(String)] does.
    ///
    /// @param absent number to return where the field is absent
    public double positive(String name, double absent) {
        return has(name) ? positive(name) : absent;
    }

    /// Reads a boolean.
    ///
    /// @throws ModelFormatException naming the field when it is neither true nor false
    public boolean flag(String name, boolean absent) {
        if (!has(name)) {
            return absent;
        }
        if (!fields.path(name).isBoolean()) {
            throw wrong(name, "true or false");
        }
        return fields.path(name).booleanValue();
    }

    /// Reads a string.
    ///
    /// @throws ModelFormatException naming the field when it is no string
    public String text(String name, String absent) {
        if (!has(name)) {
            return absent;
        }
        if (!fields.path(name).isTextual()) {
            throw wrong(name, "a string");
        }
        return fields.path(name).textValue();
    }

    /// Refuses every value but one, for a field whose other values would change the mathematics.
    ///
    /// @throws ModelFormatException naming the field
    public void onlySupported(String name, Object supported) {
        JsonNode value = fields.path(name);
        boolean equal = supported instanceof Number number
                ? value.isNumber() && value.doubleValue() == number.doubleValue()
                : value.asText().equals(String.valueOf(supported));
        if (has(name) && !equal) {
            throw wrong(name, supported + " (nothing else is supported)");
        }
    }

    /// Refuses fields that are in none of the sets, because an unknown field may change the model.
    ///
    /// @throws ModelFormatException naming the first such field
    @SafeVarargs
    public final void onlyFields(Set<String>... known) {
        fields.fieldNames().forEachRemaining(name -> {
            if (has(name) && Arrays.stream(known).noneMatch(names -> names.contains(name))) {
                throw wrong(name, "nothing (the field is not known here)");
            }
        });
    }

    /// Returns a nested object.
    ///
    /// @throws ModelFormatException naming the field when it is no object
    public ConfigJson object(String name) {
        if (fields.path(name) instanceof ObjectNode object) {
            return new ConfigJson(where + ": " + name, object);
        }
        throw wrong(name, "an object");
    }

    /// Returns the exception for a field that is not as expected, with the field's value.
    public ModelFormatException wrong(String name, String expected) {
        String found = has(name) ? fields.path(name).toString() : "nothing";
        return new ModelFormatException(where + ": " + name + ": expected " + expected + ", found "
                + (found.length() > 100 ? found.substring(0, 100) + "…" : found));
    }
}
