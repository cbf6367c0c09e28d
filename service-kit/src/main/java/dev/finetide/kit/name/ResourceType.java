package dev.finetide.kit.name;

import dev.finetide.kit.error.ApiException;
import java.util.ArrayList;
import java.util.List;

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

    private final NameForm form;
    private final List<String> segments;

    ResourceType(String pattern) {
        this.form = new NameForm(pattern);
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
        return form.ids(name).orElseThrow(() -> ApiException.invalidField(field, form.problem(name)));
    }

    /// The name as it is, once it has the right form.
    public String check(String field, String name) {
        ids(field, name);
        return name;
    }

    /// Whether the name is of this kind, without an error if not.
    public boolean matches(String name) {
        return form.ids(name).isPresent();
    }
}
