package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// A way in which a right answer is changed. Some changes leave it right.
enum BerkeleyChange {
    NOTHING {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            return true;
        }
    },
    OTHER_NAME {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            JsonNode other =
                    tools.get(random.nextInt(tools.size())).path("function").path("name");
            ObjectNode call = any(calls, random);
            boolean isOther = !other.equals(call.get("name"));
            call.put("name", isOther ? other.textValue() : call.get("name").textValue() + "_2");
            return true;
        }
    },
    NAME_IN_CAPITALS {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            ObjectNode call = any(calls, random);
            call.put("name", call.get("name").textValue().toUpperCase(Locale.ROOT));
            return true;
        }
    },
    MISSING_ARGUMENT {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            ObjectNode arguments = arguments(calls, random);
            List<String> keys = keys(arguments);
            return !keys.isEmpty() && arguments.remove(keys.get(random.nextInt(keys.size()))) != null;
        }
    },
    UNKNOWN_ARGUMENT {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            arguments(calls, random).put("verbosity", 3);
            return true;
        }
    },
    OTHER_ARGUMENT_OF_THE_TOOL {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            ObjectNode call = any(calls, random);
            JsonNode properties = properties(call, tools);
            for (String key : keys(properties)) {
                if (!call.get("arguments").has(key)) {
                    JsonNode place = properties.get(key);
                    ((ObjectNode) call.get("arguments"))
                            .set(key, place.has("enum") ? place.get("enum").get(0) : sample(place));
                    return true;
                }
            }
            return false;
        }
    },
    DEFAULT_OF_THE_TOOL {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            ObjectNode call = any(calls, random);
            JsonNode properties = properties(call, tools);
            for (String key : keys(properties)) {
                if (properties.get(key).has("default")) {
                    ((ObjectNode) call.get("arguments"))
                            .set(key, properties.get(key).get("default"));
                    return true;
                }
            }
            return false;
        }
    },
    NUMBER_AS_TEXT(JsonNode::isNumber, value -> text(value.asText())),
    TEXT_AS_NUMBER(JsonNode::isTextual, value -> JsonNodeFactory.instance.numberNode(7)),
    OTHER_NUMBER(
            JsonNode::isNumber,
            value -> JsonNodeFactory.instance.numberNode(value.decimalValue().add(BigDecimal.ONE))),
    NUMBER_WITH_POINT(
            value -> value.isIntegralNumber(), value -> JsonNodeFactory.instance.numberNode(value.doubleValue())),
    NUMBER_WITHOUT_POINT(
            value -> value.isFloatingPointNumber() && value.doubleValue() == Math.rint(value.doubleValue()),
            value -> JsonNodeFactory.instance.numberNode(value.longValue())),
    OTHER_TEXT(JsonNode::isTextual, value -> text(value.textValue() + "x")),
    TEXT_IN_CAPITALS(JsonNode::isTextual, value -> text(value.textValue().toUpperCase(Locale.ROOT))),
    TEXT_WITH_MARKS(JsonNode::isTextual, value -> text(" " + value.textValue().replace(" ", "-") + ".")),
    TRUTH_TURNED(JsonNode::isBoolean, value -> JsonNodeFactory.instance.booleanNode(!value.booleanValue())),
    TRUTH_AS_TEXT(JsonNode::isBoolean, value -> text(value.asText())),
    TRUTH_AS_NUMBER(JsonNode::isBoolean, value -> JsonNodeFactory.instance.numberNode(value.booleanValue() ? 1 : 0)),
    NULL(value -> true, value -> JsonNodeFactory.instance.nullNode()),
    IN_A_LIST(value -> true, value -> JsonNodeFactory.instance.arrayNode().add(value)),
    LIST_TURNED(value -> value.isArray() && value.size() > 1, value -> {
        List<JsonNode> elements = new ArrayList<>();
        value.forEach(elements::add);
        Collections.reverse(elements);
        return JsonNodeFactory.instance.arrayNode().addAll(elements);
    }),
    LIST_SHORTENED(value -> value.isArray() && !value.isEmpty(), value -> {
        ArrayNode shorter = value.deepCopy();
        shorter.remove(shorter.size() - 1);
        return shorter;
    }),
    INSIDE_A_LIST(value -> value.isArray() && !value.isEmpty(), value -> {
        ArrayNode changed = value.deepCopy();
        JsonNode first = changed.get(0);
        changed.set(0, first.isNumber() ? text(first.asText()) : JsonNodeFactory.instance.numberNode(1));
        return changed;
    }),
    CAPITALS_INSIDE_A_LIST(value -> value.isArray() && value.path(0).isTextual(), value -> {
        ArrayNode changed = value.deepCopy();
        changed.set(0, text(changed.get(0).textValue().toUpperCase(Locale.ROOT)));
        return changed;
    }),
    INSIDE_AN_OBJECT(value -> value.isObject() && !value.isEmpty(), value -> {
        ObjectNode changed = value.deepCopy();
        changed.set(keys(value).getFirst(), text("other"));
        return changed;
    }),
    KEY_ADDED(JsonNode::isObject, value -> ((ObjectNode) value.deepCopy()).put("more", 1)),
    KEY_REMOVED(value -> value.isObject() && !value.isEmpty(), value -> {
        ObjectNode changed = value.deepCopy();
        changed.remove(keys(value).getFirst());
        return changed;
    }),
    CALLED_TWICE {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            return calls.add(any(calls, random).deepCopy());
        }
    },
    CALL_MISSING {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            calls.remove(random.nextInt(calls.size()));
            return true;
        }
    },
    CALLS_SHUFFLED {
        @Override
        boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
            Collections.shuffle(calls, random);
            return calls.size() > 1;
        }
    };

    private final Predicate<JsonNode> takes;
    private final UnaryOperator<JsonNode> change;

    BerkeleyChange() {
        this(value -> false, value -> value);
    }

    BerkeleyChange(Predicate<JsonNode> takes, UnaryOperator<JsonNode> change) {
        this.takes = takes;
        this.change = change;
    }

    /// Changes the calls, and returns whether it could. Usually one value of an argument is changed.
    boolean apply(List<ObjectNode> calls, JsonNode tools, Random random) {
        ObjectNode arguments = arguments(calls, random);
        List<String> fitting = new ArrayList<>(keys(arguments));
        fitting.removeIf(key -> !takes.test(arguments.get(key)));
        if (fitting.isEmpty()) {
            return false;
        }
        String key = fitting.get(random.nextInt(fitting.size()));
        arguments.set(key, change.apply(arguments.get(key)));
        return true;
    }

    private static ObjectNode any(List<ObjectNode> calls, Random random) {
        return calls.get(random.nextInt(calls.size()));
    }

    private static ObjectNode arguments(List<ObjectNode> calls, Random random) {
        return (ObjectNode) any(calls, random).get("arguments");
    }

    private static JsonNode properties(ObjectNode call, JsonNode tools) {
        for (JsonNode tool : tools) {
            if (tool.path("function").path("name").equals(call.get("name"))) {
                return tool.path("function").path("parameters").path("properties");
            }
        }
        throw new IllegalStateException("The row lacks the tool that it calls");
    }

    private static List<String> keys(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }

    private static JsonNode text(String text) {
        return JsonNodeFactory.instance.textNode(text);
    }

    private static JsonNode sample(JsonNode place) {
        return switch (place.path("type").asText()) {
            case "integer", "number" -> JsonNodeFactory.instance.numberNode(3);
            case "boolean" -> JsonNodeFactory.instance.booleanNode(true);
            case "array" -> JsonNodeFactory.instance.arrayNode();
            case "object" -> JsonNodeFactory.instance.objectNode();
            default -> text("sample");
        };
    }
}
