package dev.finetide.kit.name;

import dev.finetide.kit.error.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The forms that a resource name (AIP-122) may have, as `finetide.rule.v1.name` writes them: `projects/*/bases/*`, or
/// several with ` or ` between them.
public final class NameForm {
    /// One id: lower-case letters and digits, with . _ - between them; at most 63 characters.
    private static final Pattern ID = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?");

    private static final int LONGEST_SHOWN = 200;

    private final String words;
    private final List<List<String>> forms = new ArrayList<>();

    public NameForm(String words) {
        this.words = words;
        for (String form : words.split(" or ")) {
            forms.add(List.of(form.split("/")));
        }
    }

    /// Returns the ids in the name, one for each `*`; empty where the name has none of the forms.
    public Optional<List<String>> ids(String name) {
        List<String> segments = List.of(name.split("/", -1));
        return forms.stream().flatMap(form -> ids(form, segments).stream()).findFirst();
    }

    private static Optional<List<String>> ids(List<String> form, List<String> segments) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < form.size() && form.size() == segments.size(); i++) {
            if (!form.get(i).equals("*") ? !form.get(i).equals(segments.get(i)) : !isId(segments.get(i))) {
                return Optional.empty();
            }
            if (form.get(i).equals("*")) {
                ids.add(segments.get(i));
            }
        }
        return form.size() == segments.size() ? Optional.of(List.copyOf(ids)) : Optional.empty();
    }

    /// Returns what is wrong with a name that has none of the forms.
    public String problem(String name) {
        return name.isEmpty()
                ? "is required, expected " + words
                : "\"" + Printable.of(name, LONGEST_SHOWN) + "\" is not a name of the form " + words
                        + " with ids of lower-case letters, digits and . _ - (at most 63 characters)";
    }

    /// Returns whether a text may be an id of a name.
    static boolean isId(String id) {
        return ID.matcher(id).matches() && !id.contains("..");
    }
}
