package dev.finetide.suitability.contents;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.metrics.json.JsonText;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Fields and types of a JSON object or array, down to three levels: "address.city" is a string, "items[]" an object.
///
/// @param types types by paths, at most 64
record JsonShape(SortedMap<String, String> types) {
    private static final int MOST_FIELDS = 64;
    private static final int DEPTH = 3;
    private static final int LONGEST_NAME = 60;
    private static final String NULL = "null";
    private static final String ARRAY = "array";
    private static final String ITEM = "[]";

    /// Returns the shape of an answer; empty if the answer is no JSON object or array.
    static Optional<JsonShape> of(String answer) {
        if (!answer.startsWith("{") && !answer.startsWith("[")) {
            return Optional.empty();
        }
        return JsonText.parse(answer).filter(JsonNode::isContainerNode).map(json -> {
            JsonShape shape = new JsonShape(new TreeMap<>());
            shape.add("", json, 0);
            return shape;
        });
    }

    private void add(String path, JsonNode node, int depth) {
        if (types.size() == MOST_FIELDS && !types.containsKey(path)) {
            return;
        }
        put(path, type(node));
        if (depth == DEPTH) {
            return;
        }
        if (node.isArray()) {
            node.forEach(item -> add(path + ITEM, item, depth + 1));
        } else {
            node.properties().forEach(member -> {
                String name = member.getKey();
                String cut = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
                add(path.isEmpty() ? cut : path + "." + cut, member.getValue(), depth + 1);
            });
        }
    }

    /// Notes a type. Items of one array may have several; null gives way to any other.
    private void put(String path, String type) {
        types.merge(path, type, (known, other) -> {
            if (known.equals(other) || other.equals(NULL)) {
                return known;
            }
            return known.equals(NULL) ? other : "several types";
        });
    }

    private static String type(JsonNode node) {
        return node.getNodeType().toString().toLowerCase(Locale.ROOT);
    }

    /// Returns whether an answer of this shape has the fields and types of another. Null fits every type, and a null or
    /// an empty array has nothing below it.
    boolean follows(JsonShape other) {
        return fits(other) && other.fits(this);
    }

    /// Says how an answer that does not follow another differs from it, without names of fields.
    String difference(JsonShape other) {
        boolean lacks = other.types.keySet().stream().anyMatch(path -> !types.containsKey(path) && !mayLack(path));
        boolean adds = types.keySet().stream().anyMatch(path -> !other.types.containsKey(path) && !other.mayLack(path));
        if (lacks && adds) {
            return "other fields";
        }
        return lacks ? "a field is missing" : adds ? "a field more" : "a field of another type";
    }

    private boolean fits(JsonShape other) {
        for (Map.Entry<String, String> field : types.entrySet()) {
            String expected = other.types.get(field.getKey());
            boolean fits = expected == null
                    ? other.mayLack(field.getKey())
                    : expected.equals(field.getValue())
                            || expected.equals(NULL)
                            || field.getValue().equals(NULL);
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    /// Returns whether a path lies below a null or an empty array.
    private boolean mayLack(String path) {
        for (int end = path.length() - 1; end > 0; end--) {
            char c = path.charAt(end);
            if (c == '.' || c == '[') {
                String parent = path.substring(0, end);
                String type = types.get(parent);
                if (NULL.equals(type) || ARRAY.equals(type) && !types.containsKey(parent + ITEM)) {
                    return true;
                }
            }
        }
        return ARRAY.equals(types.get("")) && !types.containsKey(ITEM);
    }
}
