package dev.finetide.kit.auth;

import build.buf.validate.ValidateProto;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import dev.finetide.proto.rule.v1.RuleProto;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds every resource name in a request: the fields that the schema says are names.
final class NamedResources {
    private static final String PROJECTS = "projects/";

    private final Set<String> names = new LinkedHashSet<>();

    private NamedResources() {}

    /// Returns the names in a request and in all messages inside it.
    static Set<String> of(Message request) {
        NamedResources found = new NamedResources();
        found.collect(request);
        return found.names;
    }

    /// Returns the project of a name; empty if the text is no name of a project or of a resource in one.
    static Optional<String> project(String name) {
        if (!name.startsWith(PROJECTS)) {
            return Optional.empty();
        }
        int end = name.indexOf('/', PROJECTS.length());
        String project = name.substring(PROJECTS.length(), end < 0 ? name.length() : end);
        return project.isEmpty() ? Optional.empty() : Optional.of(project);
    }

    private void collect(Message message) {
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            FieldDescriptor field = entry.getKey();
            boolean isName = field.getJavaType() == JavaType.STRING && isName(field);
            if (isName || field.getJavaType() == JavaType.MESSAGE) {
                List<?> values = field.isRepeated() ? (List<?>) entry.getValue() : List.of(entry.getValue());
                values.forEach(this::add);
            }
        }
    }

    private void add(Object value) {
        if (value instanceof Message nested) {
            collect(nested);
        } else if (!String.valueOf(value).isEmpty()) {
            names.add(String.valueOf(value));
        }
    }

    private static boolean isName(FieldDescriptor field) {
        build.buf.validate.FieldRules rules = field.getOptions().getExtension(ValidateProto.field);
        build.buf.validate.StringRules text =
                field.isRepeated() ? rules.getRepeated().getItems().getString() : rules.getString();
        return text.hasExtension(RuleProto.name);
    }
}
