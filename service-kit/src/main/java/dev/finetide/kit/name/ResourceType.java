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
    DATASET_REPORT("projects/*/datasetReports/*"),
    BASE("projects/*/bases/*"),
    TRAINING_RUN("projects/*/trainingRuns/*"),
    EVALUATION("projects/*/evaluations/*"),
    ADVICE("projects/*/advice/*"),
    MODEL("projects/*/models/*"),
    MODEL_VERSION("projects/*/models/*/versions/*");

    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,8}");

    private final NameForm form;
    private final List<String> segments;

    ResourceType(String pattern) {
        this.form = new NameForm(pattern);
        this.segments = List.of(pattern.split("/"));
    }

    /// Returns the name with these ids: `DATASET.name("default", "banking77")`.
    public String name(Object... ids) {
        List<String> parts = new ArrayList<>(segments);
        int next = 0;
        for (int i = 1; i < parts.size(); i += 2) {
            parts.set(i, String.valueOf(ids[next++]));
        }
        return String.join("/", parts);
    }

    /// Returns the ids in a name: `["default", "banking77"]`.
    ///
    /// @param field the request's field, for the error
    /// @throws ApiException INVALID_FIELD with the expected form
    public List<String> ids(String field, String name) {
        return form.ids(name).orElseThrow(() -> ApiException.invalidField(field, form.problem(name)));
    }

    /// Returns the name unchanged, if it has the right form.
    public String check(String field, String name) {
        ids(field, name);
        return name;
    }

    /// Returns whether a text may be an id in a name, such as `default` in `projects/default`.
    public static boolean isId(String id) {
        return NameForm.isId(id);
    }

    /// Returns whether the name is of this kind; another name is no error.
    public boolean matches(String name) {
        return form.ids(name).isPresent();
    }

    /// Returns the number in the name of a version.
    ///
    /// @param id           the name's last id
    /// @param alternatives words that the caller accepts in place of a number, each with its conjunction, e.g. ` or
    ///     "latest"`
    /// @throws ApiException INVALID_FIELD
    public static int versionNumber(String id, String alternatives) {
        if (!VERSION.matcher(id).matches()) {
            throw ApiException.invalidField(
                    "name", "expected a version number" + alternatives + ", got \"" + id + "\"");
        }
        return Integer.parseInt(id);
    }
}
