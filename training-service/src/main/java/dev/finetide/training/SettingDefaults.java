package dev.finetide.training;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.proto.setting.v1.SettingProto;

/// Fills absent settings with the defaults in the schema (`finetide.setting.v1`).
final class SettingDefaults {
    private SettingDefaults() {}

    /// Sets each absent field of the message itself that has a default. Does not change messages inside it.
    static void fill(Message.Builder message) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            String value = field.getOptions().getExtension(SettingProto.setting).getDefault();
            if (!value.isEmpty() && !message.hasField(field)) {
                message.setField(field, parsed(field, value));
            }
        }
    }

    private static Object parsed(FieldDescriptor field, String value) {
        return switch (field.getJavaType()) {
            case INT -> Integer.valueOf(value);
            case LONG -> Long.valueOf(value);
            case DOUBLE -> Double.valueOf(value);
            case STRING -> value;
            case ENUM -> field.getEnumType().findValueByName(value);
            case FLOAT, BOOLEAN, BYTE_STRING, MESSAGE ->
                throw new IllegalStateException(field.getFullName() + " cannot have a default");
        };
    }
}
