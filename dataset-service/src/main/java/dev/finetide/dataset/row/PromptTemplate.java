package dev.finetide.dataset.row;

import dev.finetide.kit.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A text template with columns of a CSV file: `Question: {text}`, ` {category|replace:_, }`.
///
/// Filters change a column, from left to right: `trim`, `lower`, `upper`, and `replace:FROM,TO`, which replaces
/// every FROM. The first comma ends FROM, so TO may be empty, blank or contain commas. `{{` and `}}` write a brace.
final class PromptTemplate {

    private interface Filter {
        String apply(String value) throws RowFault;
    }

    private sealed interface Part {}

    private record Text(String text) implements Part {}

    private record Column(int index, Filter filter) implements Part {}

    private final List<Part> parts;

    private PromptTemplate(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /// Checks that a template can be read, before the file's columns are known.
    ///
    /// @throws ApiException INVALID_FIELD if it cannot
    static void check(String field, String template) {
        parse(field, template, null);
    }

    /// Reads a template.
    ///
    /// @param field   field of the request, for errors
    /// @param columns columns in the file's header line
    /// @throws ApiException INVALID_FIELD for an unknown column or filter, by name, and for an open brace
    static PromptTemplate of(String field, String template, List<String> columns) {
        return new PromptTemplate(parse(field, template, columns));
    }

    private static List<Part> parse(String field, String template, List<String> columns) {
        if (template.indexOf('\ufffd') >= 0) {
            throw ApiException.invalidField(
                    field, "has U+FFFD, which stands for text that could not be decoded: send it as UTF-8");
        }
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        boolean anyColumn = false;
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if ((c == '{' || c == '}') && i + 1 < template.length() && template.charAt(i + 1) == c) {
                text.append(c);
                i++;
            } else if (c == '{') {
                int end = template.indexOf('}', i);
                if (end < 0) {
                    throw ApiException.invalidField(field, "the { at character " + (i + 1) + " is not closed");
                }
                parts.add(new Text(text.toString()));
                text.setLength(0);
                parts.add(column(field, template.substring(i + 1, end), columns));
                anyColumn = true;
                i = end;
            } else if (c == '}') {
                throw ApiException.invalidField(
                        field, "the } at character " + (i + 1) + " closes nothing, write }} for a brace");
            } else {
                text.append(c);
            }
        }
        if (!anyColumn) {
            throw ApiException.invalidField(field, "names no column, write {column}");
        }
        parts.add(new Text(text.toString()));
        return parts;
    }

    private static Column column(String field, String expression, List<String> columns) {
        String[] steps = expression.split("\\|", -1);
        int index = columns == null ? 0 : columns.indexOf(steps[0]);
        if (index < 0) {
            throw ApiException.invalidField(
                    field,
                    "unknown column " + RowFault.quoted(steps[0]) + ", the file has "
                            + String.join(
                                    ", ", columns.stream().map(RowFault::quoted).toList()));
        }
        Filter filter = value -> value;
        for (int i = 1; i < steps.length; i++) {
            Filter before = filter;
            Filter next = filter(field, steps[i]);
            filter = value -> next.apply(before.apply(value));
        }
        return new Column(index, filter);
    }

    private static Filter filter(String field, String step) {
        int colon = step.indexOf(':');
        String name = colon < 0 ? step : step.substring(0, colon);
        if (name.equals("replace")) {
            int comma = step.indexOf(',');
            if (colon < 0 || comma <= colon + 1) {
                throw ApiException.invalidField(field, "replace needs two texts: replace:FROM,TO");
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
                        field, "unknown filter " + RowFault.quoted(name) + ", known are trim, lower, upper, replace");
        };
        if (colon >= 0) {
            throw ApiException.invalidField(field, name + " takes no arguments");
        }
        return filter;
    }

    private static String replace(String value, String from, String to) throws RowFault {
        long found = 0;
        for (int at = value.indexOf(from); at >= 0; at = value.indexOf(from, at + from.length())) {
            found++;
        }
        if (value.length() + found * (to.length() - from.length()) > RowReader.LONGEST_ROW) {
            throw new RowFault("the row becomes longer than " + RowReader.LONGEST_ROW + " characters by its template");
        }
        return value.replace(from, to);
    }

    /// Fills in a row's fields.
    ///
    /// @param fields fields of the row, in the order of the header
    /// @throws RowFault if the text is longer than a row may be
    String render(List<String> fields) throws RowFault {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Text literal -> text.append(literal.text());
                case Column column -> text.append(column.filter().apply(fields.get(column.index())));
            }
            if (text.length() > RowReader.LONGEST_ROW) {
                throw new RowFault(
                        "the row becomes longer than " + RowReader.LONGEST_ROW + " characters by its template");
            }
        }
        return text.toString();
    }
}
