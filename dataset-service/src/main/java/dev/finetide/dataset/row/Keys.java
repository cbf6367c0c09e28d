package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Checks the values of an object in a row. `path` is the object's place in the row: empty, or `messages[2]`.
final class Keys {
    private Keys() {}

    static JsonNode required(ObjectNode object, String key, String path) throws RowFault {
        JsonNode value = object.get(key);
        if (value == null || value.isNull()) {
            throw new RowFault(RowFault.subject(path) + " has no " + key);
        }
        return value;
    }

    static String string(ObjectNode object, String key, String path) throws RowFault {
        JsonNode value = required(object, key, path);
        if (!value.isTextual()) {
            throw new RowFault(path + "." + key + " is not a string");
        }
        return value.textValue();
    }

    /// Returns a string that is not blank.
    static String text(ObjectNode object, String key, String path) throws RowFault {
        String value = string(object, key, path);
        if (value.isBlank()) {
            throw new RowFault(path + "." + key + " is empty");
        }
        return value;
    }

    static ObjectNode object(JsonNode value, String path) throws RowFault {
        if (value instanceof ObjectNode object) {
            return object;
        }
        throw new RowFault(path + " is not an object");
    }
}
