package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalJson;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.kit.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A text template over the top-level fields of a record: `Question: {text}`, ` {category|replace:_, }`. Objects and
/// lists are rendered as JSON text, numbers as they are written, and null as nothing.
///
/// Filters change a field, from left to right: `trim`, `lower`, `upper`, and `replace:FROM,TO`, which replaces
/// every FROM. The first comma ends FROM, so TO may be empty, blank or contain commas. `{{` and `}}` write a brace.
final class FieldTemplate {
    private static final int NAMED_KEYS = 10;

    private interface Filter {
        String apply(String value) throws RowFault;
    }

    private sealed interface Part {}

    private record Text(String text) implements Part {}

    private record Field(String name, Filter filter) implements Part {}

    private final List<Part> parts;

    private FieldTemplate(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /// Reads a template.
    ///
    /// @param option field of the request, for errors
    /// @throws ApiException INVALID_FIELD for an unknown filter and an open brace
    static FieldTemplate of(String option, String template) {
        if (template.indexOf('\ufffd') >= 0) {
            throw ApiException.invalidField(
                    option, "has U+FFFD, which stands for text that could not be decoded: send it as UTF-8");
        }
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if ((c == '{' || c == '}') && i + 1 < template.length() && template.charAt(i + 1) == c) {
                text.append(c);
                i++;
            } else if (c == '{') {
                int end = template.indexOf('}', i);
                if (end < 0) {
                    throw ApiException.invalidField(option, "the { at character " + (i + 1) + " is not closed");
                }
                parts.add(new Text(text.toString()));
                text.setLength(0);
                parts.add(field(option, template.substring(i + 1, end)));
                i = end;
            } else if (c == '}') {
                throw ApiException.invalidField(
                        option, "the } at character " + (i + 1) + " closes nothing, write }} for a brace");
            } else {
                text.append(c);
            }
        }
        parts.add(new Text(text.toString()));
        return new FieldTemplate(parts);
    }

    /// Refuses a template without fields, which would give every row the same text.
    FieldTemplate withFields(String option) {
        if (parts.size() == 1) {
            throw ApiException.invalidField(option, "names no column, write {column}");
        }
        return this;
    }

    private static Field field(String option, String expression) {
        String[] steps = expression.split("\\|", -1);
        Filter filter = value -> value;
        for (int i = 1; i < steps.length; i++) {
            Filter before = filter;
            Filter next = filter(option, steps[i]);
            filter = value -> next.apply(before.apply(value));
        }
        return new Field(steps[0], filter);
    }

    private static Filter filter(String option, String step) {
        int colon = step.indexOf(':');
        String name = colon < 0 ? step : step.substring(0, colon);
        if (name.equals("replace")) {
            int comma = step.indexOf(',');
            if (colon < 0 || comma <= colon + 1) {
                throw ApiException.invalidField(option, "replace needs two texts: replace:FROM,TO");
            }
            String from = step.substring(colon + 1, comma);
            String to = step.substring(comma + 1);
            return value -> replace(value, from, to);
        }
        Filter filter = switch (name) {
            case "trim" -> String::strip;
            case "lower" -> value -> value.toLowerCase(Locale.ROOT);
            case "upper" -> value -> value.toUpperCase(Locale.ROOT);
            default ->
                throw ApiException.invalidField(
                        option, "unknown filter " + RowFault.quoted(name) + ", known are trim, lower, upper, replace");
        };
        if (colon >= 0) {
            throw ApiException.invalidField(option, name + " takes no arguments");
        }
        return filter;
    }

    private static String replace(String value, String from, String to) throws RowFault {
        long found = 0;
        for (int at = value.indexOf(from); at >= 0; at = value.indexOf(from, at + from.length())) {
            found++;
        }
        if (value.length() + found * (to.length() - from.length()) > StrictJson.LONGEST) {
            throw tooLong();
        }
        return value.replace(from, to);
    }

    private static RowFault tooLong() {
        return new RowFault("the row becomes longer than " + StrictJson.LONGEST + " characters by its template");
    }

    /// Fills in the fields of a record.
    ///
    /// @throws RowFault if the record lacks a field, or the text is longer than a row may be
    String render(ObjectNode record) throws RowFault {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Text literal -> text.append(literal.text());
                case Field field -> text.append(field.filter().apply(value(record, field.name())));
            }
            if (text.length() > StrictJson.LONGEST) {
                throw tooLong();
            }
        }
        return text.toString();
    }

    private static String value(ObjectNode record, String name) throws RowFault {
        JsonNode value = record.get(name);
        if (value == null) {
            throw RowFault.of(
                    RowFault.place("", name),
                    "the row has no column " + RowFault.quoted(name) + " for its template, it has " + keys(record));
        }
        return value.isNull() ? "" : value.isContainerNode() ? CanonicalJson.text(value) : value.asText();
    }

    /// Names the keys of a record.
    static String keys(ObjectNode record) {
        List<String> names = new ArrayList<>();
        for (String key : (Iterable<String>) record::fieldNames) {
            if (names.size() == NAMED_KEYS) {
                names.add("...");
                break;
            }
            names.add(RowFault.quoted(key));
        }
        return names.isEmpty() ? "no key" : String.join(", ", names);
    }
}
