package dev.finetide.kubernetes;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import dev.finetide.proto.setting.RunSetting;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The settings of a run as the definition of `FineTuneRun` has them: written by [FineTuneRunSchemaTest] out of the
/// contract's schema. The API server checks types alone. Ranges stand in the descriptions, because the service refuses
/// with all that is wrong at once, and the object's status shows it.
final class FineTuneRunSchema {
    private static final int INDENT = 20;

    private final Map<FieldDescriptor, RunSetting> settings =
            RunSetting.all().stream().collect(Collectors.toMap(RunSetting::field, Function.identity()));
    private final StringBuilder yaml = new StringBuilder();

    /// Returns the lines below `config: properties:`.
    static String properties() {
        FineTuneRunSchema schema = new FineTuneRunSchema();
        schema.message(TrainingConfig.getDescriptor(), INDENT);
        return schema.yaml.toString();
    }

    private void message(Descriptor message, int indent) {
        for (FieldDescriptor field : message.getFields()) {
            line(indent, field.getJsonName() + ":");
            if (field.getJavaType() == JavaType.MESSAGE && !field.isRepeated()) {
                line(indent + 2, "type: object");
                line(indent + 2, "x-kubernetes-preserve-unknown-fields: true");
                line(indent + 2, "properties:");
                message(field.getMessageType(), indent + 4);
            } else {
                line(indent + 2, "description: \"" + description(settings.get(field)) + "\"");
                line(indent + 2, "type: " + type(field));
                if (field.isRepeated()) {
                    line(indent + 2, "items: {" + itemType(field) + "}");
                }
            }
        }
    }

    /// Returns the schema of a list's items. The API server keeps all that a message contains, because the
    /// service checks it.
    private static String itemType(FieldDescriptor field) {
        return field.getJavaType() == JavaType.MESSAGE
                ? "type: object, x-kubernetes-preserve-unknown-fields: true"
                : "type: string";
    }

    private static String description(RunSetting setting) {
        String choices = setting.choices().isEmpty() ? "" : " One of " + String.join(", ", setting.choices()) + ".";
        return setting.sentence() + choices;
    }

    /// Returns the type of a field's JSON form.
    static String type(FieldDescriptor field) {
        if (field.isRepeated()) {
            return "array";
        }
        return switch (field.getJavaType()) {
            case INT, LONG -> "integer";
            case FLOAT, DOUBLE -> "number";
            case BOOLEAN -> "boolean";
            case STRING, ENUM -> "string";
            case MESSAGE -> "object";
            case BYTE_STRING -> throw new AssertionError("no setting is bytes: " + field);
        };
    }

    private void line(int indent, String text) {
        yaml.append(" ".repeat(indent)).append(text).append('\n');
    }
}
