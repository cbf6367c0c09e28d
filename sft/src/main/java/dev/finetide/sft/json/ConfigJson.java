package dev.finetide.sft.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/// A JSON file of a model directory, read field by field with the type and range that the field
/// must have. A null counts as absent, as it does for transformers.
public final class ConfigJson {
    /// Larger than any published tokenizer.json (the largest have about 35 MB), small enough to hold in
    /// memory.
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

    /// @throws ModelFormatException when the file is missing, too large or holds no JSON object
    public static ConfigJson read(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelFormatException(file + ": no such file");
            }
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new ModelFormatException(
                        file + ": " + Files.size(file) + " bytes, at most " + MAX_FILE_BYTES + " are accepted");
            }
            if (JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode object) {
                return new ConfigJson(file.toString(), object);
            }
            throw new ModelFormatException(file + ": expected a JSON object");
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(file + ": not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /// As [#read], without any field where there is no such file.
    public static ConfigJson readIfThere(Path file) {
        return Files.exists(file) ? read(file) : new ConfigJson(file.toString(), JSON.createObjectNode());
    }

    /// Whether the field is there and not null.
    public boolean has(String name) {
        return fields.hasNonNull(name);
    }

    /// Whether the field is there and null.
    public boolean isNull(String name) {
        return fields.path(name).isNull();
    }

    /// A field as it is; missing where it is absent.
    public JsonNode raw(String name) {
        return fields.path(name);
    }

    /// All fields.
    public JsonNode raw() {
        return fields;
    }

    /// A copy of all fields, to be written elsewhere.
    public ObjectNode copy() {
        return fields.deepCopy();
    }

    /// @throws ModelFormatException naming the field when it is no whole number, or out of range
    public int integer(String name, int min, int max) {
        JsonNode value = fields.path(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw wrong(name, "a whole number from " + min + " to " + max);
        }
        return value.intValue();
    }

    /// As [#integer(String, int, int)].
    ///
    /// @param absent the number where the field is absent
    public int integer(String name, int min, int max, int absent) {
        return has(name) ? integer(name, min, max) : absent;
    }

    /// A finite number above 0.
    ///
    /// @throws ModelFormatException naming the field when it is anything else
    public double positive(String name) {
        JsonNode value = fields.path(name);
        if (!value.isNumber() || !(value.doubleValue() > 0) || Double.isInfinite(value.doubleValue())) {
            throw wrong(name, "a number above 0");
        }
        return value.doubleValue();
    }

    /// As [#positive(String)].
    ///
    /// @param absent the number where the field is absent
    public double positive(String name, double absent) {
        return has(name) ? positive(name) : absent;
    }

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

    /// Refuses every value but one: for fields that would change the maths.
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

    /// Refuses fields that are in none of the sets: nobody knows what they would change.
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

    /// A nested object.
    ///
    /// @throws ModelFormatException naming the field when it is none
    public ConfigJson object(String name) {
        if (fields.path(name) instanceof ObjectNode object) {
            return new ConfigJson(where + ": " + name, object);
        }
        throw wrong(name, "an object");
    }

    /// What to throw for a field that is not as expected, with what it is.
    public ModelFormatException wrong(String name, String expected) {
        String found = has(name) ? fields.path(name).toString() : "nothing";
        return new ModelFormatException(where + ": " + name + ": expected " + expected + ", found "
                + (found.length() > 100 ? found.substring(0, 100) + "…" : found));
    }
}
