package dev.finetide.kit.rule;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException.FieldViolation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Finds texts with the character NUL, which PostgreSQL cannot store, in any field of a request.
public final class StorableTexts {
    private static final int MOST_TOLD = 20;

    private final List<FieldViolation> found = new ArrayList<>();

    private StorableTexts() {}

    /// Returns the fields with such texts, at most the first 20.
    public static List<FieldViolation> violations(Message request) {
        StorableTexts texts = new StorableTexts();
        texts.message(request, "");
        return List.copyOf(texts.found);
    }

    private void message(Message message, String prefix) {
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            String path = prefix + entry.getKey().getName();
            if (entry.getKey().isRepeated()) {
                List<?> items = (List<?>) entry.getValue();
                for (int i = 0; i < items.size(); i++) {
                    value(items.get(i), path + "[" + i + "]");
                }
            } else {
                value(entry.getValue(), path);
            }
        }
    }

    private void value(Object value, String path) {
        if (value instanceof Message nested) {
            message(nested, path + ".");
        } else if (value instanceof String text && text.indexOf('\0') >= 0 && found.size() < MOST_TOLD) {
            found.add(new FieldViolation(path, "expected a text without the character NUL"));
        }
    }
}
