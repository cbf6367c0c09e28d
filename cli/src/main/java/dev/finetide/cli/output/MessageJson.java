package dev.finetide.cli.output;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;

/// Makes JSON of messages: proto3's JSON mapping with one change, 64-bit integers are numbers. The mapping writes them
/// as text, because JavaScript cannot hold all of them, and scripts would have to convert each. Only a seed that a user
/// chose can be that large here.
final class MessageJson {
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().omittingInsignificantWhitespace().alwaysPrintFieldsWithNoPresence();

    private MessageJson() {}

    static JsonElement of(Message message) {
        try {
            JsonElement tree = JsonParser.parseString(PRINTER.print(message));
            return tree.isJsonObject() ? withNumbers(tree.getAsJsonObject(), message.getDescriptorForType()) : tree;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(message.getDescriptorForType().getFullName() + " has no JSON form", e);
        }
    }

    private static JsonObject withNumbers(JsonObject object, Descriptor type) {
        for (FieldDescriptor field : type.getFields()) {
            String name = field.getJsonName();
            if (object.has(name)) {
                object.add(name, field.isMapField() ? ofMap(object.get(name), field) : of(object.get(name), field));
            }
        }
        return object;
    }

    private static JsonElement ofMap(JsonElement map, FieldDescriptor field) {
        FieldDescriptor values = field.getMessageType().findFieldByName("value");
        JsonObject numbers = new JsonObject();
        map.getAsJsonObject().asMap().forEach((key, value) -> numbers.add(key, of(value, values)));
        return numbers;
    }

    /// @param value a value of the field, or the list of its values
    private static JsonElement of(JsonElement value, FieldDescriptor field) {
        if (value.isJsonArray()) {
            JsonArray numbers = new JsonArray();
            value.getAsJsonArray().forEach(item -> numbers.add(of(item, field)));
            return numbers;
        }
        return switch (field.getJavaType()) {
            case LONG -> new JsonPrimitive(value.getAsLong());
            // A timestamp is text, though it is a message.
            case MESSAGE -> value.isJsonObject() ? withNumbers(value.getAsJsonObject(), field.getMessageType()) : value;
            case INT, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING, ENUM -> value;
        };
    }
}
