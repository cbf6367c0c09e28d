package dev.finetide.proto.setting;

import build.buf.validate.ValidateProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import dev.finetide.proto.rule.NumberRange;
import dev.finetide.proto.rule.v1.RuleProto;
import dev.finetide.proto.setting.v1.Setting;
import dev.finetide.proto.setting.v1.SettingProto;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// One setting of a run, as the schema describes it.
///
/// @param path    its field in a request: `config.lora.rank`
/// @param field   its descriptor
/// @param setting flag, default and meaning
public record RunSetting(String path, FieldDescriptor field, Setting setting) {
    /// Returns all settings, in the order of the schema.
    public static List<RunSetting> all() {
        List<RunSetting> settings = new ArrayList<>();
        add(TrainingConfig.getDescriptor(), "config.", settings);
        return List.copyOf(settings);
    }

    private static void add(Descriptor message, String prefix, List<RunSetting> settings) {
        for (FieldDescriptor field : message.getFields()) {
            // A list of messages is one setting: its items have names, and no flags of their own.
            if (field.getJavaType() == JavaType.MESSAGE && !field.isRepeated()) {
                add(field.getMessageType(), prefix + field.getName() + ".", settings);
            } else {
                Setting setting = field.getOptions().getExtension(SettingProto.setting);
                settings.add(new RunSetting(prefix + field.getName(), field, setting));
            }
        }
    }

    /// Returns the range that the setting may have, in words; empty where its type says all.
    public String range() {
        String expected = field.getOptions().getExtension(RuleProto.expected);
        return expected.isEmpty()
                ? NumberRange.of(field.getOptions().getExtension(ValidateProto.field))
                        .map(NumberRange::words)
                        .orElse("")
                : expected;
    }

    /// Returns the names that the setting chooses from; none where it is no enum.
    public List<String> choices() {
        return field.getJavaType() == JavaType.ENUM
                ? field.getEnumType().getValues().stream()
                        .filter(constant -> constant.getNumber() != 0)
                        .map(constant -> constant.getName())
                        .toList()
                : List.of();
    }

    /// Returns the value that an absent setting has, in words; empty where it has none.
    public String defaultWords() {
        if (!setting.getDefaultWords().isEmpty()) {
            return setting.getDefaultWords();
        }
        return field.getJavaType() == JavaType.ENUM
                ? setting.getDefault().toLowerCase(Locale.ROOT)
                : setting.getDefault();
    }

    /// Returns meaning, range and default in one sentence.
    public String sentence() {
        return List.of(setting.getHelp(), range(), defaultWords().isEmpty() ? "" : "default: " + defaultWords())
                        .stream()
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining("; "))
                + ".";
    }
}
