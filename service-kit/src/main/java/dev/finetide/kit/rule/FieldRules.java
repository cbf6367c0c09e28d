package dev.finetide.kit.rule;

import build.buf.validate.FieldRules.TypeCase;
import build.buf.validate.Ignore;
import build.buf.validate.ValidateProto;
import com.google.api.FieldBehavior;
import com.google.api.FieldBehaviorProto;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.rule.NumberRange;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Checks a message against the rules in its schema: sizes, lengths, ranges and patterns (`buf.validate`,
/// `finetide.rule.v1`), and which fields are required or output only (`google.api.field_behavior`). Rules mean what
/// protovalidate says: a field that has a presence and is absent breaks no rule unless it is required.
///
/// A violation repeats a client's text only where the rule is a pattern or a form of names, and the field is not marked
/// with `debug_redact`.
public final class FieldRules {
    /// The most characters of violations in a refusal. A status travels in headers of 8 KiB, and holds each violation
    /// twice.
    private static final int MOST_TOLD = 3_000;

    private final List<FieldViolation> broken = new ArrayList<>();
    private int told;

    private FieldRules() {}

    /// Returns what breaks a rule in the message, in the order of the fields. If there are very many
    /// violations, returns only the first ones.
    ///
    /// @param path path of the message in its request: `config`; empty for a whole request
    public static List<FieldViolation> violations(Message message, String path) {
        FieldRules rules = new FieldRules();
        rules.message(message, path.isEmpty() ? "" : path + ".");
        return List.copyOf(rules.broken);
    }

    /// @throws ApiException INVALID_FIELD with every violation, if there is one
    public static void check(Message message, String path) {
        List<FieldViolation> found = violations(message, path);
        if (!found.isEmpty()) {
            throw ApiException.invalidFields(found);
        }
    }

    private void message(Message message, String prefix) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            field(message, field, prefix + field.getName());
        }
        for (OneofDescriptor oneof : message.getDescriptorForType().getRealOneofs()) {
            if (oneof.getOptions().getExtension(ValidateProto.oneof).getRequired() && !message.hasOneof(oneof)) {
                String choices =
                        oneof.getFields().stream().map(FieldDescriptor::getName).collect(Collectors.joining(" or "));
                add(prefix + oneof.getName(), "is required: " + choices);
            }
        }
    }

    private void field(Message message, FieldDescriptor field, String path) {
        List<FieldBehavior> behavior = field.getOptions().getExtension(FieldBehaviorProto.fieldBehavior);
        boolean given = field.isRepeated() ? message.getRepeatedFieldCount(field) > 0 : message.hasField(field);
        if (behavior.contains(FieldBehavior.OUTPUT_ONLY)) {
            if (given) {
                add(path, "expected nothing: the service alone sets this field");
            }
            return;
        }
        build.buf.validate.FieldRules rules = field.getOptions().getExtension(ValidateProto.field);
        boolean required = behavior.contains(FieldBehavior.REQUIRED);
        if (field.isRepeated()) {
            repeated(message, field, rules, path);
        } else if (field.getJavaType() == JavaType.MESSAGE) {
            // A required message that is absent is checked as an empty one, which names what it must hold.
            // A message with settings that another request makes complete is checked by its own service.
            boolean checked = rules.getIgnore() != Ignore.IGNORE_ALWAYS;
            if (checked && (given || required)) {
                message((Message) message.getField(field), isPart(field) ? "" : path + ".");
            }
        } else if (required && !given) {
            add(path, absent(field, rules));
        } else if (given || !field.hasPresence() && rules.getIgnore() != Ignore.IGNORE_IF_ZERO_VALUE) {
            value(field, rules, message.getField(field), path);
        }
    }

    /// Returns whether the field is one part of an upload. Errors name a field inside a part without the part:
    /// `test_fraction`.
    private static boolean isPart(FieldDescriptor field) {
        return field.getRealContainingOneof() != null
                && field.getRealContainingOneof().getName().equals("part");
    }

    private void repeated(Message message, FieldDescriptor field, build.buf.validate.FieldRules rules, String path) {
        int count = message.getRepeatedFieldCount(field);
        NumberRange range = NumberRange.ofItems(rules.getRepeated());
        if (!range.allows(count)) {
            String expected =
                    range.least() == 0 ? "at most " + rules.getRepeated().getMaxItems() : range.words();
            String items = field.getJavaType() == JavaType.MESSAGE ? field.getName() : "items";
            add(path, "expected " + expected + " " + items + ", got " + count);
            return; // a list that is too long is not checked any further
        }
        for (int i = 0; i < count; i++) {
            Object item = message.getRepeatedField(field, i);
            String place = path + "[" + i + "]";
            if (item instanceof Message nested) {
                message(nested, place + ".");
            } else {
                value(field, rules.getRepeated().getItems(), item, place);
            }
        }
    }

    private void value(FieldDescriptor field, build.buf.validate.FieldRules rules, Object value, String path) {
        if (rules.getTypeCase() != TypeCase.TYPE_NOT_SET) {
            switch (value) {
                case String text ->
                    TextRule.problem(field, rules.getString(), text).ifPresent(it -> add(path, it));
                case com.google.protobuf.ByteString bytes -> {
                    long most = rules.getBytes().getMaxLen();
                    if (rules.getBytes().hasMaxLen() && bytes.size() > most) {
                        add(path, "expected at most " + most + " bytes, got " + bytes.size());
                    }
                }
                case Number number -> {
                    NumberRange range = NumberRange.of(rules).orElseThrow();
                    if (!range.allows(number.doubleValue())) {
                        add(path, "expected " + range.words() + ", got " + number);
                    }
                }
                default -> throw new IllegalStateException(field.getFullName() + " has a rule that is not checked");
            }
        }
    }

    private static String absent(FieldDescriptor field, build.buf.validate.FieldRules rules) {
        if (field.getJavaType() == JavaType.ENUM) {
            return "expected "
                    + field.getEnumType().getValues().stream()
                            .filter(constant -> constant.getNumber() != 0)
                            .map(constant -> constant.getName())
                            .collect(Collectors.joining(" or "))
                    + ", got nothing";
        }
        return TextRule.absent(rules.getString());
    }

    private void add(String path, String problem) {
        told += path.length() + problem.length();
        if (told <= MOST_TOLD || broken.isEmpty()) {
            broken.add(new FieldViolation(path, problem));
        }
    }
}
