package dev.finetide.kit.rule;

import build.buf.validate.StringRules;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.name.NameForm;
import dev.finetide.proto.rule.v1.RuleProto;
import java.util.Optional;
import java.util.regex.Pattern;

/// Checks the rules of a text: its longest length, its pattern, the forms of a resource name, a UUID.
final class TextRule {
    private static final int LONGEST_SHOWN = 100;
    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private TextRule() {}

    /// Returns how the text breaks the rules; empty where it keeps them. A text that is too long is not read further.
    static Optional<String> problem(FieldDescriptor field, StringRules rules, String text) {
        int length = text.codePointCount(0, text.length());
        if (rules.hasMaxLen() && length > rules.getMaxLen() && !rules.hasPattern()) {
            return Optional.of("expected at most " + rules.getMaxLen() + " characters, got " + length);
        }
        if (rules.hasExtension(RuleProto.name)) {
            NameForm form = new NameForm(rules.getExtension(RuleProto.name));
            return form.ids(text).isPresent() ? Optional.empty() : Optional.of(form.problem(text));
        }
        if (rules.getUuid() && !UUID.matcher(text).matches()) {
            return Optional.of("expected a UUID or nothing, got another text");
        }
        if (rules.hasPattern()
                && (length > rules.getMaxLen()
                        || !Pattern.compile(rules.getPattern()).matcher(text).find())) {
            boolean secret = field.getOptions().getDebugRedact();
            String shown = secret ? "another text" : "\"" + Printable.of(text, LONGEST_SHOWN) + "\"";
            return Optional.of("expected " + field.getOptions().getExtension(RuleProto.expected) + ", got " + shown);
        }
        return Optional.empty();
    }

    /// Returns the problem of a required text that is absent.
    static String absent(StringRules rules) {
        return rules.hasExtension(RuleProto.name)
                ? new NameForm(rules.getExtension(RuleProto.name)).problem("")
                : "is required";
    }
}
