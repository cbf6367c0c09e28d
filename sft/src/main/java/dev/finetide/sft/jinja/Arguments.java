package dev.finetide.sft.jinja;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The arguments of one call, before they are matched with parameter names.
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(Arrays.asList(positional), Map.of());
    }

    /// Matches the arguments with parameter names; too many or unknown ones are an error.
    Bound bind(String... parameters) {
        if (positional.size() > parameters.length) {
            throw new Fault("takes at most " + parameters.length + " arguments, got " + positional.size());
        }
        Object[] values = new Object[parameters.length];
        boolean[] given = new boolean[parameters.length];
        for (int i = 0; i < positional.size(); i++) {
            values[i] = positional.get(i);
            given[i] = true;
        }
        for (Map.Entry<String, Object> entry : named.entrySet()) {
            int i = Arrays.asList(parameters).indexOf(entry.getKey());
            if (i < 0) {
                throw new Fault("unexpected argument '" + entry.getKey() + "'");
            }
            if (given[i]) {
                throw new Fault("argument '" + entry.getKey() + "' given twice");
            }
            values[i] = entry.getValue();
            given[i] = true;
        }
        return new Bound(parameters, values, given);
    }

    /// The arguments from the second on: what `map('filter', …)` hands to the filter it names.
    Arguments rest() {
        if (positional.isEmpty()) {
            throw new Fault("an argument is missing");
        }
        return new Arguments(positional.subList(1, positional.size()), named);
    }

    /// Arguments matched with parameters, read by position.
    static final class Bound {
        private final String[] parameters;
        private final Object[] values;
        private final boolean[] given;

        private Bound(String[] parameters, Object[] values, boolean[] given) {
            this.parameters = parameters;
            this.values = values;
            this.given = given;
        }

        boolean has(int i) {
            return given[i];
        }

        Object get(int i) {
            if (!given[i]) {
                throw new Fault("argument '" + parameters[i] + "' is missing");
            }
            return values[i];
        }

        Object get(int i, Object fallback) {
            return given[i] ? values[i] : fallback;
        }

        boolean truth(int i, boolean fallback) {
            return given[i] ? Python.truth(values[i]) : fallback;
        }

        String text(int i) {
            return text(get(i), i);
        }

        /// The text, or the fallback where the argument is absent or None.
        String text(int i, String fallback) {
            return given[i] && values[i] != null ? text(values[i], i) : fallback;
        }

        private String text(Object value, int i) {
            if (value instanceof String text) {
                return text;
            }
            throw new Fault("argument '" + parameters[i] + "' must be str, not " + Python.typeName(value));
        }

        long integer(int i) {
            return integer(get(i), i);
        }

        long integer(int i, long fallback) {
            return given[i] ? integer(values[i], i) : fallback;
        }

        private long integer(Object value, int i) {
            return switch (value) {
                case Long number -> number;
                case Boolean flag -> flag ? 1 : 0;
                case null, default ->
                    throw new Fault("argument '" + parameters[i] + "' must be int, not " + Python.typeName(value));
            };
        }
    }
}
