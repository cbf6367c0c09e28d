package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalJson;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.dataset.row.TextSearch;
import dev.finetide.kit.error.ApiException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A text template over the top-level fields of a record: `Question: {text}`, ` {category|replace:_, }`. Objects and
/// lists are rendered as JSON text, numbers as they are written, and null as nothing.
///
/// Filters change a field, from left to right: `trim`, `lower`, `upper`, and `replace:FROM,TO`, which replaces
/// every FROM. The first comma ends FROM, so TO may be empty, blank or contain commas. `{{` and `}}` write a brace.
final class FieldTemplate {
    private static final int NAMED_KEYS = 10;

    /// Characters that templates may work on for each character of the record: a template of thousands of fields or
    /// filters would let a small file keep a thread busy for hours.
    private static final long WORK_FOR_A_CHARACTER = 50;

    /// Characters that templates may work on for a record of any size.
    private static final long WORK_FOR_A_RECORD = 1 << 16;

    private interface Filter {
        String apply(String value) throws RowFault;
    }

    /// The work of all templates on one record: every text that is read or made counts. Not thread-safe.
    static final class Work {
        private final ObjectNode record;
        private final Map<String, String> texts = new HashMap<>();
        private long left = WORK_FOR_A_RECORD;

        Work(ObjectNode record) {
            this.record = record;
        }

        /// Returns the text of a column. The first reading of a column adds to the work that is allowed.
        private String text(String name) throws RowFault {
            String text = texts.get(name);
            if (text == null) {
                text = value(record, name);
                texts.put(name, text);
                left += WORK_FOR_A_CHARACTER * text.length();
            }
            return done(text);
        }

        private String done(String text) throws RowFault {
            left -= text.length() + 1;
            if (left < 0) {
                throw new RowFault("the templates do too much for the row: more than " + WORK_FOR_A_CHARACTER
                        + " characters of work for each character of its columns");
            }
            return text;
        }
    }

    private sealed interface Part {}

    private record Text(String text) implements Part {}

    private record Field(String name, List<Filter> filters) implements Part {}

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
        List<Filter> filters = new ArrayList<>();
        for (int i = 1; i < steps.length; i++) {
            filters.add(filter(option, steps[i]));
        }
        return new Field(steps[0], filters);
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
        TextSearch search = new TextSearch(from);
        if (value.length() + search.countIn(value) * (to.length() - from.length()) > StrictJson.LONGEST) {
            throw tooLong();
        }
        return search.replaced(value, to);
    }

    private static RowFault tooLong() {
        return new RowFault("the row becomes longer than " + StrictJson.LONGEST + " characters by its template");
    }

    /// Fills in the fields of a record.
    ///
    /// @throws RowFault if the record lacks a field, or the text is longer than a row may be
    String render(Work work) throws RowFault {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Text literal -> text.append(work.done(literal.text()));
                case Field field -> {
                    String value = work.text(field.name());
                    for (Filter filter : field.filters()) {
                        value = work.done(filter.apply(value));
                    }
                    text.append(value);
                }
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
