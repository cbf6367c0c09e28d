package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.Keys;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.modelfiles.row.RowForm;
import dev.finetide.modelfiles.row.RowFormFault;
import java.util.Map;
import java.util.Set;

/// Checks the keys of records whose shape is not OpenAI's.
final class ShapeKeys {
    private ShapeKeys() {}

    /// Refuses the first key that is not known and has a value.
    ///
    /// @param path place of the object in the row; empty for the row itself
    static void checkKnown(ObjectNode object, Set<String> known, String path) throws RowFault {
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            if (!known.contains(member.getKey()) && !RowForm.isAbsent(member.getValue())) {
                String advice = path.isEmpty()
                        ? RowFormFault.REMOVE
                        : ": remove it, or leave it out with --ignore-columns " + column(path, member.getKey());
                String place = RowFault.unknown(path, member.getKey());
                String named =
                        place.endsWith("*") ? "an unknown key" : "the unknown key " + RowFault.quoted(member.getKey());
                throw RowFault.of(place, RowFault.subject(path) + " has " + named + advice);
            }
        }
    }

    /// Returns a list that must have an element.
    static ArrayNode list(ObjectNode object, String key, String path) throws RowFault {
        String place = RowFault.place(path, key);
        if (!(Keys.required(object, key, path) instanceof ArrayNode list)) {
            throw RowFault.at(place, "is not a list");
        }
        if (list.isEmpty()) {
            throw RowFault.at(place, "is empty");
        }
        return list;
    }

    /// Returns a text; an absent one is empty.
    static String textOr(ObjectNode object, String key, String path) throws RowFault {
        return has(object, key) ? Keys.string(object, key, path) : "";
    }

    /// Tells whether an object has a value that is not absent.
    static boolean has(ObjectNode object, String key) {
        return !RowForm.isAbsent(object.get(key));
    }

    /// Returns whichever of two spellings of a key an object has a value for: camelCase or snake_case.
    static String spelling(ObjectNode object, String camel, String snake) {
        return has(object, snake) && !has(object, camel) ? snake : camel;
    }

    private static String column(String path, String key) {
        return RowFault.unknown(path.replaceAll("\\[\\d+]", ""), key);
    }
}
