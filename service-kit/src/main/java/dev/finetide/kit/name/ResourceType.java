package dev.finetide.kit.name;

import dev.finetide.kit.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The kinds of resource names (AIP-122). A name is parsed at the edge, once, and never opened as a path.
public enum ResourceType {
    PROJECT("projects/*"),
    DATASET("projects/*/datasets/*"),
    DATASET_VERSION("projects/*/datasets/*/versions/*"),
    BASE("projects/*/bases/*"),
    TRAINING_RUN("projects/*/trainingRuns/*"),
    EVALUATION("projects/*/evaluations/*"),
    MODEL("projects/*/models/*"),
    MODEL_VERSION("projects/*/models/*/versions/*");

    /// Lower-case letters, digits, and . _ - between them; at most 63 characters.
    private static final Pattern ID = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?");

    private final String pattern;
    private final List<String> segments;

    ResourceType(String pattern) {
        this.pattern = pattern;
        this.segments = List.of(pattern.split("/"));
    }

    /// The name with these ids: `DATASET.name("default", "banking77")`.
    public String name(Object... ids) {
        List<String> parts = new ArrayList<>(segments);
        int next = 0;
        for (int i = 1; i < parts.size(); i += 2) {
            parts.set(i, String.valueOf(ids[next++]));
        }
        return String.join("/", parts);
    }

    /// The ids in a name: `["default", "banking77"]`.
    ///
    /// @param field the request's field, for the error
    /// @throws ApiException INVALID_FIELD with the expected form
    public List<String> ids(String field, String name) {
        String[] parts = name.split("/", -1);
        List<String> ids = new ArrayList<>();
        if (parts.length == segments.size()) {
            for (int i = 0; i < parts.length; i += 2) {
                if (parts[i].equals(segments.get(i)) && isId(parts[i + 1])) {
                    ids.add(parts[i + 1]);
                }
            }
        }
        if (ids.size() * 2 != segments.size()) {
            throw ApiException.invalidField(
                    field,
                    name.isEmpty()
                            ? "is required, expected " + pattern
                            : "\"" + printable(name) + "\" is not a name of the form " + pattern
                                    + " with ids of lower-case letters, digits and . _ - (at most 63 characters)");
        }
        return List.copyOf(ids);
    }

    /// The name as it is, once it has the right form.
    public String check(String field, String name) {
        ids(field, name);
        return name;
    }

    /// Whether the name is of this kind, without an error if not.
    public boolean matches(String name) {
        String[] parts = name.split("/", -1);
        if (parts.length != segments.size()) {
            return false;
        }
        for (int i = 0; i < parts.length; i++) {
            if (i % 2 == 0 ? !parts[i].equals(segments.get(i)) : !isId(parts[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean isId(String id) {
        return ID.matcher(id).matches() && !id.contains("..");
    }

    private static String printable(String name) {
        String safe = name.replaceAll("[^\\x20-\\x7e]", "?");
        return safe.length() <= 200 ? safe : safe.substring(0, 200) + "...";
    }
}
