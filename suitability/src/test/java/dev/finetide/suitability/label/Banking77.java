package dev.finetide.suitability.label;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads the questions of a public dataset with their labels.
public final class Banking77 {
    private Banking77() {}

    public static List<String[]> rows(Path file) throws IOException {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (char c : Files.readString(file).toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == ',' || c == '\n')) {
                fields.add(field.toString().strip());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        List<String[]> rows = new ArrayList<>();
        for (int i = 2; i + 1 < fields.size(); i += 2) {
            rows.add(new String[] {fields.get(i), fields.get(i + 1)});
        }
        return rows;
    }
}
