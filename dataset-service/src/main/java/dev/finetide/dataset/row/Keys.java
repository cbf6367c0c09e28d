package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Checks the values of an object in a row. `path` is the object's place in the row: empty, or `messages[2]`.
public final class Keys {
    private Keys() {}

    public static JsonNode required(ObjectNode object, String key, String path) throws RowFault {
        JsonNode value = object.get(key);
        if (value == null || value.isNull()) {
            throw RowFault.of(RowFault.place(path, key), RowFault.subject(path) + " has no " + key);
        }
        return value;
    }

    public static String string(ObjectNode object, String key, String path) throws RowFault {
        JsonNode value = required(object, key, path);
        if (!value.isTextual()) {
            throw RowFault.at(RowFault.place(path, key), "is not a string");
        }
        return value.textValue();
    }

    /// Returns a string that is not blank.
    public static String text(ObjectNode object, String key, String path) throws RowFault {
        String value = string(object, key, path);
        if (value.isBlank()) {
            throw RowFault.at(RowFault.place(path, key), "is empty");
        }
        return value;
    }

    public static ObjectNode object(JsonNode value, String path) throws RowFault {
        if (value instanceof ObjectNode object) {
            return object;
        }
        throw RowFault.at(path, "is not an object");
    }
}
